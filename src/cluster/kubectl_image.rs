//! `bitnami/kubectl`: kubectl in a container, which speaks to the API as its pod's service account.

use crate::apiserver::ApiServer;
use crate::client::Client;
use crate::images::{Config, Image, Tag, base};
use crate::kubectl;
use crate::process::{ProcessContext, Vfs, program};

/// The image. It lives here because it alone knows the cluster.
pub(super) struct KubectlImage {
    client: Client,
}

const SIZE_BYTES: u64 = 71_200_000;
const TAGS: &[Tag] = &[Tag::new("latest", SIZE_BYTES), Tag::new("1.36", SIZE_BYTES), Tag::new("1.36.2", SIZE_BYTES)];

impl KubectlImage {
    pub fn new(server: &ApiServer) -> KubectlImage {
        KubectlImage { client: Client::new(server, "kubectl") }
    }
}

impl Image for KubectlImage {
    fn name(&self) -> &str {
        "docker.io/bitnami/kubectl"
    }
    fn tags(&self) -> &[Tag] {
        TAGS
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&["--help"]).entrypoint(&["kubectl"]).user(1001, 0)
    }
    fn install(&self, _tag: &str, vfs: &Vfs) {
        base::debian(vfs, "12.11", "bookworm");
        base::curl(vfs);
        let client = self.client.clone();
        base::install(vfs, "/opt/bitnami/kubectl/bin/kubectl", program(move |ctx| in_cluster(ctx, client.clone())), 57_000_000);
        let _ = vfs.symlink(
            "/opt/bitnami/kubectl/bin/kubectl",
            "/usr/local/bin/kubectl",
            crate::sim::Time::ZERO,
            crate::process::vfs::Credentials::ROOT,
        );
    }
}

/// kubectl as the service account whose token the pod has; without one it is nobody.
async fn in_cluster(ctx: ProcessContext, client: Client) -> i32 {
    match kubectl::in_cluster_user(&ctx) {
        Some(user) => kubectl::run(ctx, client.as_actor(&user).with_header("Impersonate-User", &user)).await,
        None => {
            ctx.eprint("The connection to the server localhost:8080 was refused - did you specify the right host or port?\n").await;
            1
        }
    }
}
