//! Why: the chain of causes of what is selected, what the scheduler found, what would help, and how it came to this.
use podground::session::{Answer, Cause, Field, NodeVerdict, ObjectRef, Text, WhyStep};
use yew::prelude::*;

use super::bench::{Bench, use_bench};
use super::i18n::Key;
use super::icon::{shape, small_icon};
use super::page::{Act, DeskTab, Pane};

/// Lines of the story that are told; the newest.
const MOST_STEPS: usize = 30;

#[derive(Properties, PartialEq)]
pub struct WhyProps {
    pub object: ObjectRef,
    /// Asked again when it grows.
    pub generation: u64,
}

/// The inspector's page "Why?".
#[component]
pub fn Why(props: &WhyProps) -> Html {
    let bench = use_bench();
    let Some(answer) = bench.session.why(&props.object) else {
        return html! { <p class="insp__empty">{ bench.t(Key::Empty) }</p> };
    };
    let first = answer.causes.first().map(|cause| words(&bench, &cause.text));
    html! {
        <div class="why">
            <h3 class="why__head">{ first.unwrap_or_default() }</h3>
            <p class="why__state">{ words(&bench, &answer.headline) }</p>
            <ol class="why__chain">
                { for answer.causes.iter().skip(1).map(|cause| link(&bench, cause)) }
                if let Some(field) = answer.causes.first().and_then(|cause| cause.field.as_ref()) {
                    <li>{ small_icon("file") }<div>{ written_at(&bench, field) }</div></li>
                }
            </ol>
            { nodes(&bench, &answer.nodes) }
            { help(&bench, &answer) }
            { story(&bench, &answer.story) }
        </div>
    }
}

fn words(bench: &Bench, text: &Text) -> String {
    text.get(bench.page.lang == podground::session::Lang::Ko).to_owned()
}

fn link(bench: &Bench, cause: &Cause) -> Html {
    let sign = match cause.object.kind.info().kind {
        "Node" => "node",
        "Pod" => "pod",
        "Service" => "net",
        _ => "owner",
    };
    html! {
        <li>
            { small_icon(sign) }
            <div>
                <b>{ format!("{} {}", cause.object.kind.info().kind, cause.object.name) }</b>
                <p>{ pieces(bench, &words(bench, &cause.text)) }</p>
                if let Some(field) = &cause.field {
                    { written_at(bench, field) }
                }
            </div>
        </li>
    }
}

/// The field that decided, and the line of the file in which it stands.
fn written_at(bench: &Bench, field: &Field) -> Html {
    let Some((file, line)) = field.place.clone() else { return html! { <code class="why__field">{ &field.path }</code> } };
    let text = bench.session.read_file(&file).unwrap_or_default();
    let from: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(|line| line.encode_utf16().count()).sum();
    let shown = text.lines().nth(line.saturating_sub(1)).unwrap_or_default().to_owned();
    let (bench_there, path) = (bench.clone(), file.clone());
    let go = Callback::from(move |_: MouseEvent| {
        bench_there.act(Act::File(Some(path.clone())));
        bench_there.act(Act::Desk(DeskTab::Edit));
        bench_there.act(Act::Pane(Pane::Edit));
        if let Some(widget) = &*bench_there.doors.editor.borrow() {
            widget.reveal(from);
        }
    });
    html! {
        <button class="why__line" onclick={go} title={field.path.clone()}>
            <small>{ format!("{file}:{line}") }</small><code>{ shown }</code>
        </button>
    }
}

fn nodes(bench: &Bench, verdicts: &[NodeVerdict]) -> Html {
    if verdicts.is_empty() {
        return Html::default();
    }
    html! {
        <section>
            <h4>{ bench.t(Key::WhyNodes) }</h4>
            <table class="why__nodes"><tbody>
                { for verdicts.iter().map(|verdict| html! {
                    <tr><th scope="row">{ &verdict.node }</th><td class="is-fail">{ shape(podground::session::State::Failed) }{ verdict.plugin }</td><td>{ words(bench, &verdict.text) }</td></tr>
                }) }
            </tbody></table>
        </section>
    }
}

fn help(bench: &Bench, answer: &Answer) -> Html {
    if answer.help.is_empty() {
        return Html::default();
    }
    html! {
        <section class="why__help">
            <h4>{ bench.t(Key::WhyHelp) }</h4>
            { for answer.help.iter().map(|text| html! { <div>{ pieces(bench, &words(bench, text)) }</div> }) }
        </section>
    }
}

/// What stands in backquotes is code; a whole command can be pressed.
fn pieces(bench: &Bench, text: &str) -> Html {
    let piece = |(index, piece): (usize, &str)| {
        if index % 2 == 0 {
            return html! { { piece.to_owned() } };
        }
        let whole = piece.starts_with("kubectl ") && !piece.contains(['<', '…']) && !piece.contains("NODE") && !piece.contains("노드");
        if !whole {
            return html! { <code>{ piece.to_owned() }</code> };
        }
        let (bench, line) = (bench.clone(), piece.to_owned());
        let run = Callback::from(move |_: MouseEvent| bench.run(&line));
        html! { <button class="cmd" onclick={run}>{ small_icon("enter") }<span>{ piece.to_owned() }</span></button> }
    };
    html! { <>{ for text.split('`').enumerate().map(piece) }</> }
}

fn story(bench: &Bench, steps: &[WhyStep]) -> Html {
    if steps.is_empty() {
        return Html::default();
    }
    let from = steps.len().saturating_sub(MOST_STEPS);
    html! {
        <section>
            <h4>{ bench.t(Key::WhyStory) }</h4>
            <ol class="why__story">
                { for steps.iter().skip(from).map(|step| html! {
                    <li>
                        <time>{ step.at.strftime("%H:%M:%S").to_string() }</time>
                        <div>
                            <b>{ &step.actor }</b>{ " " }{ words(bench, &step.text) }
                            if let Some(because) = &step.because { <small>{ words(bench, because) }</small> }
                        </div>
                    </li>
                }) }
            </ol>
        </section>
    }
}
