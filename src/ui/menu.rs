//! The picture's menus: what can be done to a node, a pod, a container or the cluster, and what can be broken in it.
use podground::session::PodView;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::bench::{Bench, use_bench};
use super::dom;
use super::i18n::Key;
use super::icon::small_icon;
use super::live::Live;
use super::page::{Act, Menu, MenuOf, Selected, Tab};

/// Sizes of a menu, in CSS pixels, to keep it within the window.
const WIDTH: i32 = 300;
const LINE_HEIGHT: i32 = 36;

#[derive(Clone)]
enum Deed {
    Acts(Vec<Act>),
    /// Typed in the terminal, so that the learner learns it.
    Run(String),
    /// Typed in a new terminal.
    RunAside(String),
    Fault(String),
}

struct Item {
    sign: &'static str,
    text: String,
    deed: Deed,
    /// A line over it.
    apart: bool,
}

/// Opens a menu where the pointer is; by keyboard, under what has the focus.
pub fn open(bench: &Bench, of: MenuOf, event: &MouseEvent) {
    event.prevent_default();
    event.stop_propagation();
    let mut at = (event.client_x(), event.client_y());
    if at == (0, 0)
        && let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok())
    {
        let rect = target.get_bounding_client_rect();
        at = (rect.x() as i32, rect.bottom() as i32);
    }
    bench.act(Act::Menu(Some(Menu { of, at })));
}

/// A callback that opens a menu.
pub fn opener(bench: &Bench, of: MenuOf) -> Callback<MouseEvent> {
    let bench = bench.clone();
    Callback::from(move |event: MouseEvent| open(&bench, of.clone(), &event))
}

#[derive(Properties, PartialEq)]
pub struct PictureMenuProps {
    pub live: Live,
    pub menu: Menu,
}

/// The open menu.
#[component]
pub fn PictureMenu(props: &PictureMenuProps) -> Html {
    let bench = use_bench();
    let node = use_node_ref();
    let items = items(&bench, &props.live, &props.menu.of);
    let back = use_mut_ref(|| dom::document().active_element());
    use_effect_with((), move |()| {
        dom::focus(".popup [role=menuitem]");
        move || dom::refocus(&back.borrow_mut().take())
    });
    let key = {
        let (bench, node) = (bench.clone(), node.clone());
        Callback::from(move |event: KeyboardEvent| menu_key(&bench, &node, &event))
    };
    let (x, y) = within_window(props.menu.at, items.len());
    let name = title(&bench, &props.menu.of);
    html! {
        <div class="menu-veil" onclick={bench.on(Act::Menu(None))} oncontextmenu={shut(&bench)}>
            <div class="menu popup" role="menu" aria-label={name.clone()} ref={node} onkeydown={key} style={format!("left:{x}px;top:{y}px")}>
                <p aria-hidden="true">{ name }</p>
                { for items.into_iter().map(|item| menu_item(&bench, item)) }
            </div>
        </div>
    }
}

fn shut(bench: &Bench) -> Callback<MouseEvent> {
    let bench = bench.clone();
    Callback::from(move |event: MouseEvent| {
        event.prevent_default();
        bench.act(Act::Menu(None));
    })
}

fn within_window((x, y): (i32, i32), lines: usize) -> (i32, i32) {
    let size = |value: Result<wasm_bindgen::JsValue, wasm_bindgen::JsValue>| value.ok().and_then(|v| v.as_f64()).unwrap_or(800.0) as i32;
    let (width, height) = (size(dom::window().inner_width()), size(dom::window().inner_height()));
    let tall = (lines as i32 + 1) * LINE_HEIGHT + 16;
    (x.min(width - WIDTH - 8).max(4), y.min(height - tall).max(4))
}

fn menu_item(bench: &Bench, item: Item) -> Html {
    let Item { sign, text, deed, apart } = item;
    let bench = bench.clone();
    let click = Callback::from(move |event: MouseEvent| {
        event.stop_propagation();
        bench.act(Act::Menu(None));
        carry_out(&bench, &deed);
    });
    html! { <button class={classes!("menu__item", apart.then_some("is-apart"))} role="menuitem" tabindex="-1" onclick={click}>{ small_icon(sign) }<span>{ text }</span></button> }
}

fn carry_out(bench: &Bench, deed: &Deed) {
    match deed {
        Deed::Acts(acts) => acts.iter().for_each(|act| bench.act(act.clone())),
        Deed::Run(line) => bench.run(line),
        Deed::RunAside(line) => bench.run_aside(line),
        Deed::Fault(words) => bench.fault(words),
    }
}

fn menu_key(bench: &Bench, node: &NodeRef, event: &KeyboardEvent) {
    let Some(menu) = node.cast::<Element>() else { return };
    let items = dom::find_all(&menu, "[role=menuitem]");
    let active = dom::document().active_element();
    let at = items.iter().position(|item| active.as_ref() == Some(item.as_ref())).unwrap_or(0);
    let count = items.len().max(1);
    let next: Option<&HtmlElement> = match event.key().as_str() {
        "ArrowDown" => items.get((at + 1) % count),
        "ArrowUp" => items.get((at + count - 1) % count),
        "Home" => items.first(),
        "End" => items.last(),
        "Escape" | "Tab" => {
            event.prevent_default();
            bench.act(Act::Menu(None));
            return;
        }
        _ => return,
    };
    event.prevent_default();
    event.stop_propagation();
    if let Some(next) = next {
        let _ = next.focus();
    }
}

fn title(bench: &Bench, of: &MenuOf) -> String {
    match of {
        MenuOf::Node(name) => name.clone(),
        MenuOf::Pod(_, pod) => pod.clone(),
        MenuOf::Container(_, pod, container) => format!("{pod} / {container}"),
        MenuOf::Cluster => bench.t(Key::BreakThings).to_owned(),
    }
}

fn items(bench: &Bench, live: &Live, of: &MenuOf) -> Vec<Item> {
    let mut items = match of {
        MenuOf::Node(name) => node_items(bench, live, name),
        MenuOf::Pod(namespace, pod) => pod_items(bench, live, namespace, pod),
        MenuOf::Container(namespace, pod, container) => container_items(bench, live, namespace, pod, container),
        MenuOf::Cluster => cluster_items(bench),
    };
    items.extend(heal_items(bench, of));
    items
}

fn item(sign: &'static str, text: String, deed: Deed) -> Item {
    Item { sign, text, deed, apart: false }
}

fn run(line: String) -> Item {
    Item { sign: "enter", text: line.clone(), deed: Deed::Run(line), apart: false }
}

fn fault(bench: &Bench, key: Key, words: String) -> Item {
    item("bolt", format!("{} · {words}", bench.t(key)), Deed::Fault(words))
}

/// The first of a row of faults has a line over it.
fn set_apart(mut items: Vec<Item>) -> Vec<Item> {
    if let Some(first) = items.first_mut() {
        first.apart = true;
    }
    items
}

fn node_items(bench: &Bench, live: &Live, name: &str) -> Vec<Item> {
    let node = live.cluster.nodes.iter().find(|node| node.name == name);
    let select = Act::Select(Some(Selected::Node(name.to_owned())));
    let mut items = vec![item("why", bench.t(Key::Inspect).to_owned(), Deed::Acts(vec![select, Act::Inspect(Some(Tab::Summary))]))];
    items.push(match node.is_some_and(|node| node.unschedulable) {
        true => run(format!("kubectl uncordon {name}")),
        false => run(format!("kubectl cordon {name}")),
    });
    items.push(run(format!("kubectl drain {name} --ignore-daemonsets --force")));
    let faults = [
        (Key::FaultNetwork, "network"),
        (Key::FaultPower, "power"),
        (Key::FaultKubelet, "kubelet"),
        (Key::FaultMemory, "memory"),
        (Key::FaultDisk, "disk"),
    ];
    items.extend(set_apart(faults.iter().map(|(key, word)| fault(bench, *key, format!("{word} {name}"))).collect()));
    items
}

fn find<'a>(live: &'a Live, namespace: &str, name: &str) -> Option<&'a PodView> {
    live.cluster.pods.iter().find(|pod| pod.namespace == namespace && pod.name == name)
}

/// `-n other`, or nothing in the current namespace.
fn flag(live: &Live, namespace: &str) -> String {
    if namespace == live.cluster.current_namespace { String::new() } else { format!(" -n {namespace}") }
}

fn pod_items(bench: &Bench, live: &Live, namespace: &str, name: &str) -> Vec<Item> {
    let Some(pod) = find(live, namespace, name) else { return Vec::new() };
    let select = Act::Select(Some(Selected::Pod(pod.uid.clone())));
    let inspect = |tab: Tab| Deed::Acts(vec![select.clone(), Act::Inspect(Some(tab))]);
    let n = flag(live, namespace);
    let mut items = vec![
        item("why", bench.t(Key::TabWhy).to_owned(), inspect(Tab::Why)),
        item("file", "YAML".to_owned(), inspect(Tab::Yaml)),
        item("term", bench.t(Key::OpenShell).to_owned(), Deed::RunAside(format!("kubectl exec -it {name}{n} -- sh"))),
        run(format!("kubectl logs {name}{n}")),
        run(format!("kubectl delete pod {name}{n}")),
    ];
    items.extend(set_apart(vec![fault(bench, Key::FaultKill, format!("kill {namespace}/{name}"))]));
    items
}

fn container_items(bench: &Bench, live: &Live, namespace: &str, name: &str, container: &str) -> Vec<Item> {
    let n = flag(live, namespace);
    let mut items = vec![
        item("term", bench.t(Key::OpenShell).to_owned(), Deed::RunAside(format!("kubectl exec -it {name}{n} -c {container} -- sh"))),
        run(format!("kubectl logs {name}{n} -c {container}")),
    ];
    let mut faults = vec![fault(bench, Key::FaultKill, format!("kill {namespace}/{name} {container}"))];
    let view = find(live, namespace, name).and_then(|pod| pod.containers.iter().find(|view| view.name == container));
    let processes = view.into_iter().flat_map(|view| &view.processes).filter(|(pid, _)| *pid > 1).take(4);
    let word = |command: &str| {
        command.split_whitespace().next().unwrap_or_default().rsplit('/').next().unwrap_or_default().trim_end_matches(':').to_owned()
    };
    for (_, command) in processes {
        let words = format!("kill-process {namespace}/{name} {container} {}", word(command));
        if !faults.iter().any(|known: &Item| known.text.ends_with(&words)) {
            faults.push(fault(bench, Key::FaultKillProcess, words));
        }
    }
    items.extend(set_apart(faults));
    items
}

fn cluster_items(bench: &Bench) -> Vec<Item> {
    let all = [
        (Key::FaultRegistry, "registry"),
        (Key::FaultSlowRegistry, "slow-registry 20"),
        (Key::FaultFreeze, "freeze kube-scheduler"),
        (Key::FaultFreeze, "freeze replicaset-controller"),
        (Key::FaultFreeze, "freeze deployment-controller"),
    ];
    all.iter().map(|(key, words)| fault(bench, *key, (*words).to_owned())).collect()
}

/// What is broken of it can be healed.
fn heal_items(bench: &Bench, of: &MenuOf) -> Vec<Item> {
    let about = |fault: &String| match of {
        MenuOf::Node(name) => fault.split(' ').nth(1) == Some(name),
        MenuOf::Cluster => true,
        _ => false,
    };
    let found = bench.session.faults().into_iter().filter(about);
    let heal = |fault: String| item("check", format!("{} · {fault}", bench.t(Key::Heal)), Deed::Fault(format!("heal {fault}")));
    set_apart(found.map(heal).collect())
}
