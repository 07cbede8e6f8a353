//! The inspector: what is selected, as text: why, YAML, describe, events, logs.
use std::collections::BTreeSet;

use podground::session::{ClusterView, NodeView, ObjectRef, PodView, State};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::bench::{Bench, use_bench};
use super::i18n::Key;
use super::icon::{icon, shape, small_icon, state_class};
use super::live::Live;
use super::page::{Act, Selected, Tab};
use super::rack::shown;
use super::time::duration_words;
use super::why::Why;

#[derive(Properties, PartialEq)]
pub struct InspectorProps {
    pub live: Live,
    pub tab: Tab,
}

/// What is looked at.
#[derive(Clone, PartialEq)]
enum Subject {
    Pod(PodView),
    Node(NodeView),
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
                if props.tab == Tab::Summary {
                    { summary(&bench, &subject, &props.live.cluster) }
                } else if props.tab == Tab::Why {
                    <Why object={object.clone()} generation={props.live.generation} />
                } else if let (Tab::Shell, Subject::Pod(pod)) = (props.tab, &subject) {
                    { shells(&bench, pod, &props.live.cluster) }
                } else if text.trim().is_empty() {
                    <p class="insp__empty">{ bench.t(Key::Empty) }</p>
                } else if props.tab == Tab::Yaml {
                    <Yaml key={object.name.clone()} text={(*text).clone()} />
                } else {
                    <pre>{ (*text).clone() }</pre>
                }
            </div>
        </section>
    }
}

fn subject(bench: &Bench, cluster: &ClusterView) -> Option<Subject> {
    let pods = shown(cluster, &bench.page.namespaces);
    match &bench.page.selected {
        Some(Selected::Node(name)) => cluster.nodes.iter().find(|node| node.name == *name).map(|node| Subject::Node(node.clone())),
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
        Subject::Node(node) => ObjectRef { kind: "Node".to_owned(), namespace: String::new(), name: node.name.clone(), container: None },
    }
}

fn page(bench: &Bench, tab: Tab, object: &ObjectRef) -> String {
    let session = &bench.session;
    match tab {
        Tab::Yaml => session.yaml_of(object),
        Tab::Describe => session.describe_of(object),
        Tab::Events => session.events_of(object),
        Tab::Logs => session.logs_of(object),
        Tab::Summary | Tab::Why | Tab::Shell => String::new(),
    }
}

fn head(bench: &Bench, subject: &Subject) -> Html {
    let (state, name, about) = match subject {
        Subject::Pod(pod) => {
            let age = duration_words(pod.age_ms, bench.page.lang);
            let about = bench.fo(Key::PodIn, Key::PodInOrder, &[&pod.namespace, &age, &pod.phase_word]);
            (pod.state, &pod.name, about)
        }
        Subject::Node(node) => (if node.ready { State::Running } else { State::Failed }, &node.name, bench.t(Key::NodeKind).to_owned()),
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
    let mut all = vec![(Tab::Summary, bench.t(Key::TabSummary))];
    all.extend([
        (Tab::Why, bench.t(Key::TabWhy)),
        (Tab::Yaml, "YAML"),
        (Tab::Describe, "describe"),
        (Tab::Events, bench.t(Key::TabEvents)),
    ]);
    if matches!(subject, Subject::Pod(_)) {
        all.push((Tab::Logs, bench.t(Key::TabLogs)));
        all.push((Tab::Shell, bench.t(Key::TabShell)));
    }
    html! {
        <div class="tabs" role="tablist" aria-label={bench.t(Key::InspectorPane)}>
            { for all.into_iter().map(|(tab, text)| html! {
                <button class="tab" role="tab" aria-selected={if tab == now { "true" } else { "false" }} onclick={bench.on(Act::Inspect(Some(tab)))}>{ text }</button>
            }) }
        </div>
    }
}

/// The facts that one looks for first.
fn summary(bench: &Bench, subject: &Subject, cluster: &ClusterView) -> Html {
    match subject {
        Subject::Pod(pod) => pod_summary(bench, pod),
        Subject::Node(node) => {
            let pods = cluster.pods.iter().filter(|pod| pod.node.as_deref() == Some(&node.name)).count();
            let percent = |part: f32| format!("{:.0}%", part * 100.0);
            html! {
                <>
                    <dl class="facts">
                        { fact(bench.t(Key::FieldStatus), if node.ready { "Ready" } else { "NotReady" }) }
                        { fact(bench.t(Key::FieldPods), &pods.to_string()) }
                        { fact("cpu", &percent(node.cpu_fraction)) }
                        { fact("memory", &percent(node.memory_fraction)) }
                    </dl>
                    { labels(bench, &node.labels) }
                </>
            }
        }
    }
}

fn fact(name: &str, value: &str) -> Html {
    html! { <div><dt>{ name.to_owned() }</dt><dd>{ value.to_owned() }</dd></div> }
}

fn pod_summary(bench: &Bench, pod: &PodView) -> Html {
    html! {
        <>
            if let Some(reason) = &pod.reason {
                <p class="insp__reason">{ reason }</p>
            }
            <dl class="facts">
                { fact(bench.t(Key::FieldStatus), &format!("{} {}/{}", pod.phase_word, pod.ready.0, pod.ready.1)) }
                { fact(bench.t(Key::FieldNode), pod.node.as_deref().unwrap_or("-")) }
                { fact("IP", pod.ip.as_deref().unwrap_or("-")) }
                { fact(bench.t(Key::FieldAge), &duration_words(pod.age_ms, bench.page.lang)) }
                if let Some(owner) = &pod.owner {
                    { fact(bench.t(Key::FieldOwner), owner) }
                }
            </dl>
            { labels(bench, &pod.labels) }
            { for pod.containers.iter().map(|container| html! {
                <section class={classes!("card", state_class(container.state))} key={container.name.clone()}>
                    <h3>{ shape(container.state) }<span>{ &container.name }</span><small>{ &container.word }</small></h3>
                    <dl class="facts">
                        { fact(bench.t(Key::FieldImage), &container.image) }
                        { fact(bench.t(Key::FieldRestarts), &container.restarts.to_string()) }
                        if !container.ports.is_empty() {
                            { fact(bench.t(Key::FieldPorts), &container.ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")) }
                        }
                    </dl>
                </section>
            }) }
        </>
    }
}

/// Labels as buttons: each lights up what has it.
fn labels(bench: &Bench, labels: &[(String, String)]) -> Html {
    if labels.is_empty() {
        return Html::default();
    }
    html! {
        <div class="labels" role="group" aria-label={bench.t(Key::FieldLabels)}>
            { for labels.iter().map(|(key, value)| {
                let text = format!("{key}={value}");
                html! { <button class="chip" onclick={bench.on(Act::Selector(text.clone()))}>{ text.clone() }</button> }
            }) }
        </div>
    }
}

/// A shell in each running container, in a terminal of its own.
fn shells(bench: &Bench, pod: &PodView, cluster: &ClusterView) -> Html {
    let flag = if pod.namespace == cluster.current_namespace { String::new() } else { format!(" -n {}", pod.namespace) };
    let running = pod.containers.iter().filter(|container| container.word == "Running");
    let all: Vec<Html> = running
        .map(|container| {
            let line = format!("kubectl exec -it {}{flag} -c {} -- sh", pod.name, container.name);
            let (bench, typed) = (bench.clone(), line.clone());
            let label = bench.f(Key::ShellIn, &[&container.name]);
            let click = Callback::from(move |_: MouseEvent| bench.run_aside(&typed));
            html! { <button class="cmd" onclick={click} aria-label={label.clone()} title={label}>{ small_icon("term") }<span>{ line }</span></button> }
        })
        .collect();
    if all.is_empty() {
        html! { <p class="insp__empty">{ bench.t(Key::NoProcess) }</p> }
    } else {
        html! { <>{ for all }</> }
    }
}

#[derive(Properties, PartialEq)]
struct YamlProps {
    text: String,
}

/// YAML whose changed lines flash.
#[component]
fn Yaml(props: &YamlProps) -> Html {
    let seen = use_mut_ref(|| (String::new(), BTreeSet::<usize>::new(), 0_u32));
    {
        let mut seen = seen.borrow_mut();
        if seen.0 != props.text {
            let old: BTreeSet<&str> = seen.0.lines().collect();
            let fresh = if seen.0.is_empty() {
                BTreeSet::new()
            } else {
                props.text.lines().enumerate().filter(|(_, line)| !old.contains(line)).map(|(index, _)| index).collect()
            };
            let turn = seen.2 + 1;
            *seen = (props.text.clone(), fresh, turn);
        }
    }
    let seen = seen.borrow();
    html! {
        <pre class="yaml">
            { for props.text.lines().enumerate().map(|(index, line)| {
                let fresh = seen.1.contains(&index);
                // A new key makes a new element, whose animation begins.
                let key = if fresh { format!("{index}-{}", seen.2) } else { index.to_string() };
                html! { <span {key} class={classes!(fresh.then_some("is-fresh"))}>{ line.to_owned() }{ "\n" }</span> }
            }) }
        </pre>
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
