//! Why an image is not there.

use k8s_openapi::api::core::v1::Container;

use super::{Inquiry, say};
use crate::api::Key;
use crate::api::suggest::nearest;
use crate::images::{ALL, Reference};

impl Inquiry<'_> {
    pub(super) fn image(&mut self, key: &Key, spec: &Container, reason: &str, message: &str, path: &str) {
        let image = spec.image.as_deref().unwrap_or_default();
        let field = format!("{path}.image");
        if reason == "ImagePullBackOff" {
            let text = say(
                "the image {0} could not be pulled, and the kubelet waits before it tries again",
                "이미지 {0}을(를) 내려받지 못해 kubelet이 기다렸다가 다시 시도합니다",
                &[image],
            );
            self.because(key, "ImagePullBackOff", text);
            self.at(key, &field);
        }
        let host = Reference::parse(image).map(|reference| reference.domain).unwrap_or_default();
        let (code, text) = match (reason, message) {
            ("InvalidImageName", _) => {
                ("InvalidImageName", say("\"{0}\" is no name of an image", "\"{0}\"은(는) 이미지 이름의 꼴이 아닙니다", &[image]))
            }
            ("ErrImageNeverPull", _) => {
                let text = say(
                    "the node does not have {0}, and imagePullPolicy Never forbids pulling it",
                    "노드에 {0}이(가) 없는데 imagePullPolicy가 Never라서 내려받지 않습니다",
                    &[image],
                );
                ("ErrImageNeverPull", text)
            }
            (_, m) if m.contains("no such host") => (
                "UnknownRegistry",
                say(
                    "there is no registry \"{0}\": its name has no address",
                    "레지스트리 \"{0}\"을(를) 찾을 수 없습니다. 주소가 없는 이름입니다",
                    &[&host],
                ),
            ),
            (_, m) if m.contains("connection refused") => {
                ("RegistryRefused", say("no registry answers at {0}", "{0}에서 응답하는 레지스트리가 없습니다", &[&host]))
            }
            (_, m) if m.contains("i/o timeout") => {
                ("RegistryUnreachable", say("the registry {0} does not answer", "레지스트리 {0}이(가) 응답하지 않습니다", &[&host]))
            }
            (_, m) if m.contains("pull access denied") => {
                let text = say(
                    "there is no image \"{0}\", or only for those who log in",
                    "이미지 \"{0}\"이(가) 없거나, 로그인해야 받을 수 있습니다",
                    &[image],
                );
                ("ImageNotFound", text)
            }
            (_, m) if m.contains("not found") => self.not_found(image),
            _ => ("ErrImagePull", say("{0} cannot be pulled: {1}", "{0}을(를) 내려받지 못합니다: {1}", &[image, message])),
        };
        self.because(key, code, text);
        self.at(key, if code == "ErrImageNeverPull" { format!("{path}.imagePullPolicy") } else { field.clone() }.as_str());
        if code == "RegistryUnreachable" {
            self.registry_faults(key);
        }
        self.better_image(image, code, &field);
    }

    /// The registry knows the name but not the tag, or neither.
    fn not_found(&self, image: &str) -> (&'static str, super::Text) {
        let reference = Reference::parse(image).ok();
        let known = reference.as_ref().is_some_and(|reference| ALL.iter().any(|known| known.name() == reference.name()));
        let tag = reference.and_then(|reference| reference.tag).unwrap_or_else(|| "latest".to_owned());
        match known {
            true => (
                "TagNotFound",
                say(
                    "the image of \"{0}\" exists, but not with the tag \"{1}\"",
                    "\"{0}\" 이미지는 있지만 \"{1}\" 태그는 없습니다",
                    &[image, &tag],
                ),
            ),
            false => ("ImageNotFound", say("the registry has no image \"{0}\"", "레지스트리에 \"{0}\" 이미지가 없습니다", &[image])),
        }
    }

    fn better_image(&mut self, image: &str, code: &str, field: &str) {
        match code {
            "ErrImageNeverPull" => {
                return self.helps(say("set imagePullPolicy to IfNotPresent", "imagePullPolicy를 IfNotPresent로 바꿉니다", &[]));
            }
            "InvalidImageName" => {
                let fixed = image.to_lowercase();
                if Reference::parse(&fixed).is_ok() {
                    self.helps(say(
                        "set {0} to {1}: names of images have no capital letters",
                        "{0}을(를) {1}(으)로 바꿉니다. 이미지 이름에는 대문자가 없습니다",
                        &[field, &fixed],
                    ));
                }
                return;
            }
            _ => {}
        }
        let Ok(reference) = Reference::parse(image) else { return };
        let name = reference.name();
        let last = name.rsplit('/').next().unwrap_or_default();
        if let Some(known) = ALL.iter().find(|known| known.name() == name) {
            if code == "TagNotFound" {
                let tags: Vec<&str> = known.tags().iter().map(|tag| tag.name.as_ref()).collect();
                let near = nearest(reference.tag.as_deref().unwrap_or_default(), tags.iter().copied())
                    .unwrap_or(tags.first().copied().unwrap_or("latest"));
                self.helps(say(
                    "set {0} to {1}:{2} (tags: {3})",
                    "{0}을(를) {1}:{2}(으)로 바꿉니다(태그: {3})",
                    &[field, last, near, &tags.join(", ")],
                ));
            }
            return;
        }
        let plain = |name: &'static str| name.trim_start_matches("docker.io/").trim_start_matches("library/");
        let names: Vec<&str> = ALL.iter().map(|known| plain(known.name())).collect();
        let ends = names.iter().find(|known| known.rsplit('/').next() == Some(last)).copied();
        let wanted = name.trim_start_matches("docker.io/").trim_start_matches("library/");
        if let Some(near) = ends.or_else(|| nearest(wanted, names.iter().copied())) {
            self.helps(say("set {0} to {1}", "{0}을(를) {1}(으)로 바꿉니다", &[field, near]));
        } else {
            self.helps(say("correct {0}", "{0}을(를) 고칩니다", &[field]));
        }
    }
}
