//! The home screen: what this is, the first thing to do, and the course.
use podground::session::{CourseLessonView, CourseView, LessonView, PartView, escape};
use yew::prelude::*;

use super::bench::{Bench, use_bench};
use super::curtain::{use_curtain, use_pieces};
use super::dom;
use super::i18n::Key;
use super::icon::tick;
use super::live::Live;
use super::memory;
use super::progress::Progress;
use super::rack::Machines;
use super::time::clock_text;
use super::topbar::TopBar;

/// The command that makes the first pod.
const FIRST_COMMAND: &str = "kubectl run kubia --image=luksa/kubia";
/// The pieces in which the screen is drawn at first, and one for each part of the course.
const PIECES: usize = 5;
const FIRST_LESSON: &str = "#/learn/first-pod";

#[derive(Properties, PartialEq)]
pub struct HomeProps {
    pub live: Live,
    pub start_over: Callback<()>,
    /// Of the session that is open, without `#/`.
    pub address: String,
}

/// The home screen.
#[component]
pub fn Home(props: &HomeProps) -> Html {
    let bench = use_bench();
    let course = use_memo((bench.epoch, bench.page.lang), |(_, lang)| bench.session.course(*lang));
    let all = PIECES + course.parts.len();
    let pieces = use_pieces(all);
    use_curtain(&props.live, pieces == all);
    let back = !props.live.timeline.commands.is_empty();
    let skip = Callback::from(|event: MouseEvent| {
        event.prevent_default();
        dom::focus("#course a");
    });
    html! {
        <div class="home">
            <a class="skip" href="#course" onclick={skip}>{ bench.t(Key::SkipToCourse) }</a>
            if pieces > 1 {
                <TopBar live={props.live.clone()} />
            }
            <main>
                if pieces > 2 {
                    <section class="hero">
                        <div>{ if back { hero_back(&bench, props) } else { hero_first(&bench) } }</div>
                        { stagelet(&bench, &props.live, back) }
                    </section>
                }
                { map(&bench, &course, &props.live, pieces.saturating_sub(PIECES)) }
                if pieces > 3 {
                    { sandboxes(&bench) }
                }
                if pieces > 4 {
                    <Progress />
                }
            </main>
        </div>
    }
}

fn hero_first(bench: &Bench) -> Html {
    let pick = Callback::from(|event: MouseEvent| {
        event.prevent_default();
        if let Ok(Some(map)) = dom::document().query_selector("#course") {
            map.scroll_into_view();
        }
        dom::focus("#course a");
    });
    html! {
        <>
            <h1>{ bench.t(Key::HeroFirst) }</h1>
            <p>{ bench.t(Key::HeroFirstText) }</p>
            <div class="hero__cta">
                <a class="btn btn--go" href={FIRST_LESSON}>{ bench.t(Key::StartFirst) }</a>
                <a class="btn" href="#course" onclick={pick}>{ bench.t(Key::PickLesson) }</a>
            </div>
            <small>{ bench.t(Key::HeroFirstNote) }</small>
        </>
    }
}

fn hero_back(bench: &Bench, props: &HomeProps) -> Html {
    let now = clock_text(bench.session.now_ms());
    let start_over = {
        let start_over = props.start_over.clone();
        Callback::from(move |_: MouseEvent| {
            start_over.emit(());
            let _ = dom::window().location().set_hash("#/work");
        })
    };
    html! {
        <>
            <h1>{ bench.t(Key::HeroBack) }</h1>
            { where_you_are(bench, props.live.lesson.as_ref()) }
            <div class="hero__cta">
                <a class="btn btn--go" href={format!("#/{}", props.address)}>{ bench.t(Key::Continue) }</a>
                <button class="btn" onclick={start_over}>{ bench.t(Key::StartOver) }</button>
            </div>
            <small>{ bench.f(Key::HeroBackNote, &[&now]) }</small>
        </>
    }
}

fn where_you_are(bench: &Bench, lesson: Option<&LessonView>) -> Html {
    let Some(lesson) = lesson else { return html! { <p>{ bench.t(Key::HeroBackSandbox) }</p> } };
    let at = (lesson.step_index + 1).to_string();
    // A lesson may be anybody's: its title is text.
    let sentence = bench.f(Key::HeroBackLesson, &[&lesson.number.to_string(), &escape(&lesson.title), &at]);
    let task = lesson.steps.get(lesson.step_index).map(|step| step.task.clone()).filter(|task| !task.is_empty());
    html! {
        <p>
            <span>{ Html::from_html_unchecked(AttrValue::from(sentence)) }</span>
            if let Some(task) = task {
                { " " }<span>{ Html::from_html_unchecked(AttrValue::from(bench.f(Key::HeroBackNext, &[&task]))) }</span>
            }
        </p>
    }
}

/// The cluster that waits behind this screen, small, and beside it the first thing to type.
fn stagelet(bench: &Bench, live: &Live, back: bool) -> Html {
    html! {
        <div class="stagelet" role="group" aria-label={bench.t(Key::StageletLabel)}>
            <Machines cluster={live.cluster.clone()} invite={!back} />
            <div class="stagelet__term" aria-hidden="true">
                if back {
                    { for live.timeline.commands.iter().rev().take(8).rev().map(|command| html! {
                        <div><span class="ps">{ "$ " }</span>{ &command.line }</div>
                    }) }
                    <div><span class="ps">{ "$ " }</span><i class="cur" /></div>
                } else {
                    <div><span class="ps">{ "$ " }</span>{ FIRST_COMMAND }<i class="cur" /></div>
                }
            </div>
        </div>
    }
}

/// The first `parts` of the course.
fn map(bench: &Bench, course: &CourseView, live: &Live, parts: usize) -> Html {
    let passed = memory::passed();
    let open = live.lesson.as_ref().map(|lesson| (lesson.id.as_str(), lesson.step_index + 1));
    html! {
        <nav class="map" id="course" aria-label={bench.t(Key::Course)}>
            { for course.parts.iter().take(parts).map(|part| part_box(bench, part, &passed, open)) }
        </nav>
    }
}

fn part_box(bench: &Bench, part: &PartView, passed: &[String], open: Option<(&str, usize)>) -> Html {
    let done = part.lessons.iter().filter(|lesson| passed.contains(&lesson.id)).count();
    html! {
        <section class="part">
            <header><h2>{ &part.title }</h2><span>{ format!("{done}/{}", part.lessons.len()) }</span></header>
            <ol>{ for part.lessons.iter().map(|lesson| html! { <li>{ lesson_line(bench, lesson, passed, open) }</li> }) }</ol>
        </section>
    }
}

fn lesson_line(bench: &Bench, lesson: &CourseLessonView, passed: &[String], open: Option<(&str, usize)>) -> Html {
    let number = html! { <span class="no">{ lesson.number }</span> };
    if !lesson.available {
        return html! {
            <span class="les les--coming">{ number }<span>{ &lesson.title }</span><small>{ bench.t(Key::LessonComing) }</small></span>
        };
    }
    let step = open.filter(|(id, _)| *id == lesson.id).map(|(_, step)| step);
    let done = passed.contains(&lesson.id);
    let first = open.is_none() && lesson.number == 1 && passed.is_empty();
    let class = classes!("les", (step.is_some() || first).then_some("now"), done.then_some("done"));
    html! {
        <a {class} href={format!("#/learn/{}", lesson.id)} aria-current={step.map(|_| "step")}>
            { number }<span>{ &lesson.title }</span>
            if let Some(step) = step.filter(|_| !done) {
                <small>{ format!("{step}/{}", lesson.steps) }</small>
            } else if done {
                { tick(true) }<span class="vh">{ bench.t(Key::LessonDone) }</span>
            }
        </a>
    }
}

fn sandboxes(bench: &Bench) -> Html {
    html! {
        <section class="sand">
            <h2>{ bench.t(Key::Sandbox) }</h2><p>{ bench.t(Key::SandboxText) }</p>
            { topology("single", 1, bench.t(Key::Nodes1)) }
            { topology(memory::CLASSROOM, 3, bench.t(Key::Nodes3)) }
        </section>
    }
}

fn topology(name: &'static str, nodes: usize, text: &'static str) -> Html {
    let machine = |index: usize| {
        let x = 13 * index;
        html! {
            <>
                <rect x={(x + 1).to_string()} y="2" width="10" height="18" rx="1.5" />
                <path d={format!("M{} 6h6M{} 10h6", x + 3, x + 3)} />
            </>
        }
    };
    html! {
        <a class="topo" href={format!("#/sandbox/{name}")}>
            <svg viewBox={format!("0 0 {} 22", 13 * nodes)} aria-hidden="true">{ for (0..nodes).map(machine) }</svg>
            { text }
        </a>
    }
}
