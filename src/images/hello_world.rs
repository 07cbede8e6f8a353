//! `hello-world`: prints and ends.

use super::{Config, Image, Tag, base};
use crate::process::{Vfs, program};

pub struct HelloWorld;

const TEXT: &str = "
Hello from Docker!
This message shows that your installation appears to be working correctly.

To generate this message, Docker took the following steps:
 1. The Docker client contacted the Docker daemon.
 2. The Docker daemon pulled the \"hello-world\" image from the Docker Hub.
    (amd64)
 3. The Docker daemon created a new container from that image which runs the
    executable that produces the output you are currently reading.
 4. The Docker daemon streamed that output to the Docker client, which sent it
    to your terminal.

To try something more ambitious, you can run an Ubuntu container with:
 $ docker run -it ubuntu bash

Share images, automate workflows, and more with a free Docker ID:
 https://hub.docker.com/

For more examples and ideas, visit:
 https://docs.docker.com/get-started/

";

impl Image for HelloWorld {
    fn name(&self) -> &'static str {
        "docker.io/library/hello-world"
    }
    fn tags(&self) -> &'static [Tag] {
        const { &[Tag::new("latest", 2_453), Tag::new("linux", 2_453)] }
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&["/hello"])
    }
    fn install(&self, _tag: &str, vfs: &Vfs) {
        let hello = program(|ctx| async move {
            ctx.print(TEXT).await;
            0
        });
        base::install(vfs, "/hello", hello, 10_000);
    }
}
