//! The inspector: what is selected, as text: why, YAML, describe, events, logs.
use podground::session::{ClusterView, ObjectRef, PodView, State};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::bench::{Bench, use_bench};
use super::i18n::Key;
use super::icon::{icon, shape, state_class};
use super::live::Live;
use super::page::{Act, Selected, Tab};
use super::rack::shown;
use super::time::duration_words;

#[derive(Properties, PartialEq)]
pub struct InspectorProps {
    pub live: Live,
    pub tab: Tab,
}

/// What is looked at.
#[derive(Clone, PartialEq)]
enum Subject {
    Pod(PodView),
    Node(String, bool),
}

/// The inspector's pane.
#[component]
pub fn Inspector(props: &InspectorProps) -> Html {
    let bench = use_bench();
    let container = use_state_eq(|| None::<String>);
    let subject = subject(&bench, &props.live.cluster);
    let object = subject.as_ref().map(|subject| object(subject, (*container).clone()));
    let text = {
        let bench = bench.clone();
        // Only when something has happened: some of these texts are long.
        let deps = (props.tab, object.clone(), bench.page.lang, props.live.generation, bench.epoch);
        use_memo(deps, move |(tab, object, ..)| object.as_ref().map(|object| page(&bench, *tab, object)).unwrap_or_default())
    };
    let (Some(subject), Some(object)) = (subject, object) else {
        return html! {
            <section class="pane insp" tabindex="-1" aria-label={bench.t(Key::InspectorPane)}>
                { head_bar(&bench, html! { <h2>{ bench.t(Key::InspectorPane) }</h2> }) }
                <div class="say"><h3>{ bench.t(Key::NothingSelected) }</h3></div>
            </section>
        };
    };
    html! {
        <section class="pane insp" tabindex="-1" aria-label={bench.t(Key::InspectorPane)}>
            { head(&bench, &subject) }
            { tabs(&bench, props.tab, &subject) }
            <div class="insp__body" role="tabpanel" tabindex="0" aria-label={object.name.clone()}>
                if let (Tab::Logs, Subject::Pod(pod)) = (props.tab, &subject) {
                    { container_choice(&bench, pod, &container) }
                }
                if text.trim().is_empty() {
                    <p class="insp__empty">{ bench.t(Key::Empty) }</p>
                } else {
                    <pre class={classes!((props.tab == Tab::Why).then_some("prose-pre"))}>{ (*text).clone() }</pre>
                }
            </div>
        </section>
    }
}

fn subject(bench: &Bench, cluster: &ClusterView) -> Option<Subject> {
    let pods = shown(cluster, &bench.page.namespaces);
    match &bench.page.selected {
        Some(Selected::Node(name)) => {
            cluster.nodes.iter().find(|node| node.name == *name).map(|node| Subject::Node(node.name.clone(), node.ready))
        }
        Some(Selected::Pod(uid)) => pods.iter().find(|pod| pod.uid == *uid).map(|pod| Subject::Pod((*pod).clone())),
        None => pods.iter().min_by_key(|pod| (pod.node.is_none(), pod.age_ms)).map(|pod| Subject::Pod((*pod).clone())),
    }
}

fn object(subject: &Subject, container: Option<String>) -> ObjectRef {
    match subject {
        Subject::Pod(pod) => ObjectRef {
            kind: "Pod".to_owned(),
            namespace: pod.namespace.clone(),
            name: pod.name.clone(),
            container: container.filter(|name| pod.containers.iter().any(|c| c.name == *name)),
        },
        Subject::Node(name, _) => ObjectRef { kind: "Node".to_owned(), namespace: String::new(), name: name.clone(), container: None },
    }
}

fn page(bench: &Bench, tab: Tab, object: &ObjectRef) -> String {
    let session = &bench.session;
    match tab {
        Tab::Why => session.why_of(object, bench.page.lang),
        Tab::Yaml => session.yaml_of(object),
        Tab::Describe => session.describe_of(object),
        Tab::Events => session.events_of(object),
        Tab::Logs => session.logs_of(object),
    }
}

fn head(bench: &Bench, subject: &Subject) -> Html {
    let (state, name, about) = match subject {
        Subject::Pod(pod) => {
            let age = duration_words(pod.age_ms, bench.page.lang);
            let about = bench.fo(Key::PodIn, Key::PodInOrder, &[&pod.namespace, &age, &pod.phase_word]);
            (pod.state, &pod.name, about)
        }
        Subject::Node(name, ready) => (if *ready { State::Running } else { State::Failed }, name, bench.t(Key::NodeKind).to_owned()),
    };
    let title = html! { <h2 class={state_class(state)}>{ shape(state) }<span>{ name }</span></h2> };
    html! { <div class="insp__head">{ head_bar(bench, title) }<p>{ about }</p></div> }
}

fn head_bar(bench: &Bench, title: Html) -> Html {
    html! {
        <div class="insp__title">
            { title }<span class="grow" />
            <button class="btn btn--quiet btn--icon" aria-label={bench.t(Key::Close)} onclick={bench.on(Act::Inspect(None))}>{ icon("close") }</button>
        </div>
    }
}

fn tabs(bench: &Bench, now: Tab, subject: &Subject) -> Html {
    let mut all =
        vec![(Tab::Why, bench.t(Key::TabWhy)), (Tab::Yaml, "YAML"), (Tab::Describe, "describe"), (Tab::Events, bench.t(Key::TabEvents))];
    if matches!(subject, Subject::Pod(_)) {
        all.push((Tab::Logs, bench.t(Key::TabLogs)));
    }
    html! {
        <div class="tabs" role="tablist" aria-label={bench.t(Key::InspectorPane)}>
            { for all.into_iter().map(|(tab, text)| html! {
                <button class="tab" role="tab" aria-selected={if tab == now { "true" } else { "false" }} onclick={bench.on(Act::Inspect(Some(tab)))}>{ text }</button>
            }) }
        </div>
    }
}

fn container_choice(bench: &Bench, pod: &PodView, chosen: &UseStateHandle<Option<String>>) -> Html {
    if pod.containers.len() < 2 {
        return Html::default();
    }
    let set = chosen.setter();
    let change = Callback::from(move |event: Event| {
        set.set(event.target_dyn_into::<HtmlSelectElement>().map(|select| select.value()));
    });
    html! {
        <select class="choice-ns" aria-label={bench.t(Key::ChooseContainer)} onchange={change}>
            { for pod.containers.iter().map(|container| html! {
                <option selected={chosen.as_deref() == Some(&container.name)}>{ &container.name }</option>
            }) }
        </select>
    }
}
