//! The versions of a DaemonSet.

use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet};
use serde_json::json;

use super::{Fixture, agent};

#[test]
fn a_daemon_sets_versions_are_kept_and_come_back() {
    let fixture = Fixture::new(1);
    fixture.apply::<DaemonSet>(agent());
    fixture.wait(2000);
    let change = |image: &str| {
        let mut set = (*fixture.client.get::<DaemonSet>("default", "agent").unwrap()).clone();
        set.spec.as_mut().unwrap().template.spec.as_mut().unwrap().containers[0].image = Some(image.to_owned());
        set.spec.as_mut().unwrap().revision_history_limit = Some(2);
        fixture.client.update(set).unwrap();
        fixture.wait(5000);
    };
    let versions = || {
        let mut all = fixture.client.list::<ControllerRevision>(Some("default"));
        all.sort_by_key(|revision| revision.revision);
        all.iter().map(|one| (one.revision, one.metadata.labels.as_ref().unwrap()["controller-revision-hash"].clone())).collect::<Vec<_>>()
    };
    let first = versions();
    let data = fixture.client.list::<ControllerRevision>(Some("default"))[0].data.clone().unwrap().0;
    assert_eq!((first.len(), first[0].0, &data["spec"]["template"]["$patch"]), (1, 1, &json!("replace")));
    assert_eq!(fixture.pods()[0].metadata.labels.as_ref().unwrap()["controller-revision-hash"], first[0].1);
    let image = fixture.pods()[0].spec.as_ref().unwrap().containers[0].image.clone().unwrap();
    change("two");
    assert_eq!(versions().iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2]);
    change(&image);
    let back = versions();
    assert_eq!((back.len(), back[1].0, &back[1].1), (2, 3, &first[0].1), "the old version has a new number");
    assert_eq!(fixture.pods()[0].metadata.labels.as_ref().unwrap()["controller-revision-hash"], first[0].1);
    for image in ["three", "four", "five"] {
        change(image);
    }
    assert_eq!(versions().iter().map(|(number, _)| *number).collect::<Vec<_>>(), [4, 5, 6], "two old ones are enough");
}
