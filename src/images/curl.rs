//! `curlimages/curl`: curl and nothing else to do.

use super::{Config, Image, Tag, base};
use crate::process::Vfs;

pub struct Curl;

impl Image for Curl {
    fn name(&self) -> &'static str {
        "docker.io/curlimages/curl"
    }
    fn tags(&self) -> &'static [Tag] {
        const { &[Tag::new("latest", 9_900_000), Tag::new("8.1.2", 8_200_000), Tag::new("8.7.1", 9_400_000), Tag::new("8.10.1", 9_600_000)] }
    }
    fn config(&self, _tag: &str) -> Config {
        // The real entry point is /entrypoint.sh, which runs curl unless the first argument is a command.
        Config::cmd(&["curl"]).entrypoint(&["/entrypoint.sh"]).user(100, 101)
    }
    fn install(&self, _tag: &str, vfs: &Vfs) {
        base::alpine(vfs, "3.20.0");
        base::curl(vfs);
        base::file(vfs, "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\ncurl_user:x:100:101:Linux User,,,:/home/curl_user:/bin/sh\n");
        base::script(
            vfs,
            "/entrypoint.sh",
            "#!/bin/sh\nset -e\nif [ \"${1#-}\" != \"${1}\" ] || [ -z \"$(command -v \"${1}\")\" ]; then\n  set -- curl \"$@\"\nfi\nexec \"$@\"\n",
        );
    }
}
