//! The lesson: prose with commands to click, and under it, always in sight, the task, its checks, hints, and the way on.
use podground::session::{ExamView, LessonView, Piece, StepView};
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

use super::bench::{Bench, Travel, use_bench};
use super::dom;
use super::figure::{FigureBox, pod_box};
use super::i18n::Key;
use super::icon::{icon, small_icon, tick};
use super::live::Live;
use super::page::{Act, DeskTab, Pane};
use super::question::{Question, questions, to_the_question};
use super::show_me::ShowMe;
use super::time::duration_words;

/// Offered in the sandbox, to click.
const SUGGESTIONS: &[&str] =
    &["kubectl get nodes -o wide", "kubectl run kubia --image=luksa/kubia", "kubectl get pods -o wide", "kubectl describe pod kubia"];

#[derive(Properties, PartialEq)]
pub struct LessonPaneProps {
    pub live: Live,
    pub start_over: Callback<()>,
}

/// The pane at the left.
#[component]
pub fn LessonPane(props: &LessonPaneProps) -> Html {
    let bench = use_bench();
    let body = use_node_ref();
    use_commands(&body, &props.live);
    let click = {
        let bench = bench.clone();
        Callback::from(move |event: MouseEvent| {
            if let Some(line) = clicked(&event, "data-run").and_then(|button| button.get_attribute("data-run")) {
                bench.run(&line);
            } else if let Some(button) = clicked(&event, "data-file") {
                open_file(&bench, &button);
            }
        })
    };
    let step = props.live.lesson.as_ref().map(|lesson| (lesson.id.clone(), lesson.step_index));
    {
        let body = body.clone();
        use_effect_with(step, move |_| {
            if let Some(body) = body.cast::<Element>() {
                body.set_scroll_top(0);
            }
        });
    }
    use_news(&body, &props.live);
    let content = match &*props.live.lesson {
        Some(lesson) => open_lesson(&bench, lesson, body, click, &props.start_over),
        None => sandbox(&bench, body, click, &props.start_over),
    };
    html! { <section class="pane pane--lesson" tabindex="-1" aria-label={bench.t(Key::LessonPane)}>{ content }</section> }
}

/// A hint that was asked for and what is said of a wrong turn stand below the prose: they are brought into sight.
#[hook]
fn use_news(body: &NodeRef, live: &Live) {
    let step = live.lesson.as_ref().and_then(|lesson| Some((lesson.id.clone(), lesson.step_index, lesson.steps.get(lesson.step_index)?)));
    let told = step.map(|(id, index, step)| ((id, index), step.hints.len(), step.mistakes.clone()));
    let (body, known) = (body.clone(), use_mut_ref(|| None));
    use_effect_with(told, move |told| {
        let before = known.replace(told.clone());
        let (Some((step, hints, mistakes)), Some((same, hints_before, mistakes_before))) = (told, before) else { return };
        let new = if *step != same {
            None
        } else if *hints > hints_before {
            Some(".hint")
        } else {
            mistakes.iter().any(|mistake| !mistakes_before.contains(mistake)).then_some(".slip")
        };
        let found = new.zip(body.cast::<Element>()).and_then(|(class, body)| dom::find_all(&body, class).pop());
        if let Some(last) = found {
            last.scroll_into_view_with_bool(false);
        }
    });
}

fn open_lesson(bench: &Bench, lesson: &LessonView, body: NodeRef, click: Callback<MouseEvent>, start_over: &Callback<()>) -> Html {
    let Some(step) = lesson.steps.get(lesson.step_index) else { return Html::default() };
    let (number, total, at) = (lesson.number.to_string(), lesson.steps.len().to_string(), (lesson.step_index + 1).to_string());
    html! {
        <>
            <div class="lesson__head">
                <div class="lesson__where">
                    { bench.fo(Key::LessonWhere, Key::LessonWhereOrder, &[&number, &total, &at]) }
                    if let Some(par) = step.par.filter(|_| step.commands > 0) {
                        { " · " }<span class="par">{ bench.f(Key::Par, &[&step.commands.to_string(), &par.to_string()]) }</span>
                    }
                </div>
                <h1>{ &lesson.title }</h1>
                <ol class="rail" aria-label={bench.t(Key::Steps)}>{ for lesson.steps.iter().enumerate().map(|(index, step)| rail(bench, lesson, index, step)) }</ol>
            </div>
            <div class="lesson__body" ref={body} onclick={click} tabindex="0" role="group" aria-label={step.title.clone()}>
                <h2>{ &step.title }</h2>
                if let Some(exam) = lesson.exam.as_ref().filter(|exam| exam.over) { { report(bench, exam) } }
                { prose(step) }
                { for step.mistakes.iter().map(|mistake| html! { <div class="slip prose">{ raw(mistake) }</div> }) }
                { for step.hints.iter().enumerate().map(|(index, hint)| html! {
                    <div class="hint prose"><b>{ format!("{} {}", bench.t(Key::Hint), index + 1) }</b>{ raw(hint) }</div>
                }) }
                { for step.questions.iter().map(|question| html! { <Question key={question.id.clone()} question={question.clone()} /> }) }
            </div>
            <Foot key={format!("{}-{}", lesson.id, lesson.step_index)} lesson={lesson.clone()} start_over={start_over.clone()} />
        </>
    }
}

#[derive(Properties, PartialEq)]
struct FootProps {
    lesson: LessonView,
    start_over: Callback<()>,
}

/// What is always in sight: the task, its checks, help, the way on.
#[component]
fn Foot(props: &FootProps) -> Html {
    let bench = use_bench();
    let showing = use_state_eq(|| false);
    let goal = use_state_eq(|| false);
    let Some(step) = props.lesson.steps.get(props.lesson.step_index) else { return Html::default() };
    let done = {
        let showing = showing.clone();
        Callback::from(move |()| showing.set(false))
    };
    let more = Callback::from({
        let (bench, showing, goal, start_over) = (bench.clone(), showing.clone(), goal.clone(), props.start_over.clone());
        move |what: More| match what {
            More::ShowMe => {
                bench.act(Act::Desk(DeskTab::Term));
                showing.set(true);
            }
            More::Goal => goal.set(!*goal),
            More::ResetStep => bench.travel.emit(Travel::ResetStep),
            More::ResetLesson => start_over.emit(()),
        }
    });
    html! {
        <>
            if *goal {
                { goal_picture(&bench, step) }
            }
            if *showing {
                <ShowMe solution={step.solution.clone()} {done} />
            }
            { foot(&bench, &props.lesson, step, more) }
        </>
    }
}

/// What the menu of a step offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum More {
    ShowMe,
    Goal,
    ResetStep,
    ResetLesson,
}

/// How the cluster looks when the step is done.
fn goal_picture(bench: &Bench, step: &StepView) -> Html {
    let goal = &step.goal;
    html! {
        <section class="goal" aria-label={bench.t(Key::Goal)}>
            <h3>{ bench.t(Key::Goal) }</h3>
            <div class="goal__pods">{ for goal.pods.iter().map(pod_box) }</div>
            <ul>
                { for goal.others.iter().map(|other| html! { <li>{ tick(true) }{ other }</li> }) }
                { for goal.absent.iter().map(|gone| html! { <li class="goal__gone">{ small_icon("close") }<del>{ gone }</del></li> }) }
            </ul>
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct MoreMenuProps {
    has_solution: bool,
    has_goal: bool,
    chosen: Callback<More>,
}

/// The three dots: show me, the goal, from the start.
#[component]
fn MoreMenu(props: &MoreMenuProps) -> Html {
    let bench = use_bench();
    let open = use_state_eq(|| false);
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let key = {
        let open = open.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                open.set(false);
                dom::focus(".foot-row .menu-button");
            }
        })
    };
    let item = |what: More, sign: &'static str, key: Key| {
        let (chosen, open) = (props.chosen.clone(), open.clone());
        let click = Callback::from(move |_: MouseEvent| {
            open.set(false);
            chosen.emit(what);
        });
        html! { <button class="menu__item" onclick={click}>{ small_icon(sign) }{ bench.t(key) }</button> }
    };
    html! {
        <div class="menu-place" onkeydown={key}>
            <button class="btn btn--quiet btn--icon menu-button" aria-label={bench.t(Key::StepHelp)} title={bench.t(Key::StepHelp)}
                aria-expanded={if *open { "true" } else { "false" }} onclick={toggle}>{ icon("more") }</button>
            if *open {
                <div class="menu menu--up" role="group" aria-label={bench.t(Key::StepHelp)}>
                    if props.has_solution { { item(More::ShowMe, "play", Key::ShowMe) } }
                    if props.has_goal { { item(More::Goal, "pic", Key::Goal) } }
                    { item(More::ResetStep, "undo", Key::ResetStep) }
                    { item(More::ResetLesson, "undo", Key::ResetLesson) }
                </div>
            }
        </div>
    }
}

/// The step's prose, its figures between.
fn prose(step: &StepView) -> Html {
    html! {
        <>
            <div class="prose">{ raw(&step.before) }</div>
            { for step.body.iter().map(|piece| match piece {
                Piece::Html(html) => html! { <div class="prose">{ raw(html) }</div> },
                Piece::Figure(figure) => html! { <FigureBox figure={figure.clone()} /> },
            }) }
            <div class="prose">{ raw(&step.after) }</div>
        </>
    }
}

/// What became of an exam, task by task.
fn report(bench: &Bench, exam: &ExamView) -> Html {
    html! {
        <section class="report">
            <h3>{ bench.f(Key::ExamPoints, &[&exam.points.0.to_string(), &exam.points.1.to_string()]) }</h3>
            <ol>
                { for exam.report.iter().map(|line| html! {
                    <li>
                        { tick(line.points.0 == line.points.1) }{ format!("{} · {}/{}", line.title, line.points.0, line.points.1) }
                        { for line.missed.iter().map(|missed| html! { <div class="report__missed">{ missed }</div> }) }
                        if let Some((id, title)) = line.lesson.as_ref().filter(|_| line.points.0 < line.points.1) {
                            <a href={format!("#/learn/{id}")}>{ bench.f(Key::ExamLearn, &[title]) }</a>
                        }
                    </li>
                }) }
            </ol>
        </section>
    }
}

pub fn raw(html: &str) -> Html {
    Html::from_html_unchecked(AttrValue::from(html.to_owned()))
}

fn rail(bench: &Bench, lesson: &LessonView, index: usize, step: &StepView) -> Html {
    let now = index == lesson.step_index;
    let class = classes!(step.passed.then_some("done"), now.then_some("now"));
    let name = bench.f(Key::StepOf, &[&(index + 1).to_string(), &step.title]);
    // A step that has been reached can be read again; in an exam every task is open.
    let open = step.passed
        || lesson.exam.is_some()
        || index.checked_sub(1).and_then(|before| lesson.steps.get(before)).is_none_or(|before| before.passed);
    let session = bench.session.clone();
    let turn = Callback::from(move |_: MouseEvent| session.lesson_turn_to(index));
    html! {
        <li {class} aria-current={now.then_some("step")}>
            if open {
                <button aria-label={name.clone()} title={name} onclick={turn} />
            } else {
                <span class="vh">{ name }</span>
            }
        </li>
    }
}

fn foot(bench: &Bench, lesson: &LessonView, step: &StepView, more: Callback<More>) -> Html {
    let in_exam = lesson.exam.as_ref().is_some_and(|exam| !exam.over);
    let has_goal = !(step.goal.pods.is_empty() && step.goal.others.is_empty() && step.goal.absent.is_empty());
    let session = bench.session.clone();
    let hint = Callback::from(move |_: MouseEvent| session.lesson_hint());
    let session = bench.session.clone();
    let back = Callback::from(move |_: MouseEvent| session.lesson_back());
    let (shown, all) = (step.hints.len(), step.hints_total);
    html! {
        <div class="lesson__foot">
            if !step.task.is_empty() {
                <p class="task">{ raw(&step.task) }</p>
            }
            <ul class="checks">
                { for step.checks.iter().map(|check| html! {
                    <li class={if check.met { "met" } else { "open" }}>
                        { tick(check.met) }<span>{ &check.text }</span>
                        <span class="vh">{ bench.t(if check.met { Key::Met } else { Key::NotMet }) }</span>
                    </li>
                }) }
                { questions(bench, step) }
            </ul>
            <div class="foot-row">
                <button class="btn btn--quiet btn--icon" aria-label={bench.t(Key::PreviousStep)} disabled={lesson.step_index == 0} onclick={back}>{ icon("back") }</button>
                if all > 0 {
                    <button class="btn" disabled={shown >= all} onclick={hint}>
                        { small_icon("hint") }{ bench.f(Key::HintNumber, &[&shown.to_string(), &all.to_string()]) }
                    </button>
                }
                if !in_exam {
                    <MoreMenu has_solution={!step.solution.is_empty()} {has_goal} chosen={more} />
                }
                if let Some(exam) = &lesson.exam { <span class="par">{ bench.f(Key::ExamLeft, &[&duration_words(exam.left_s * 1000, bench.page.lang)]) }</span> }
                <span class="grow" />
                { onward(bench, lesson, step) }
            </div>
        </div>
    }
}

/// The way on: to the next step, and after the last one to the next lesson.
fn onward(bench: &Bench, lesson: &LessonView, step: &StepView) -> Html {
    let last = lesson.step_index + 1 == lesson.steps.len();
    // An exam is handed in, with whatever is done, before there is a way on.
    if last && lesson.exam.as_ref().is_some_and(|exam| !exam.over) {
        let session = bench.session.clone();
        return html! { <button class="btn btn--go" onclick={move |_: MouseEvent| session.lesson_finish()}>{ bench.t(Key::ExamFinish) }</button> };
    }
    if last && lesson.passed {
        return match &lesson.next_lesson {
            Some(next) => html! { <a class="btn btn--go" href={format!("#/learn/{next}")}>{ bench.t(Key::NextLesson) }</a> },
            None => html! { <a class="btn btn--go" href="#/">{ bench.t(Key::BackToCourse) }</a> },
        };
    }
    let (session, passed) = (bench.session.clone(), step.passed || lesson.exam.is_some());
    let next = Callback::from(move |_: MouseEvent| {
        if passed {
            session.lesson_next();
        } else {
            to_the_question();
        }
    });
    let label = bench.t(if last { Key::FinishLesson } else { Key::NextStep });
    let why = (!passed).then(|| bench.t(Key::NotYet));
    html! {
        <button class={classes!("btn", passed.then_some("btn--go"))} aria-disabled={(!passed).then_some("true")} title={why} onclick={next}>{ label }</button>
    }
}

fn sandbox(bench: &Bench, body: NodeRef, click: Callback<MouseEvent>, start_over: &Callback<()>) -> Html {
    let reset = start_over.reform(|_: MouseEvent| ());
    html! {
        <>
            <div class="lesson__head">
                <div class="lesson__where">{ bench.t(Key::Sandbox) }</div>
                <h1>{ bench.t(Key::SandboxTitle) }</h1>
            </div>
            <div class="lesson__body" ref={body} onclick={click} tabindex="0" role="group" aria-label={bench.t(Key::SandboxTitle)}>
                <p>{ bench.t(Key::SandboxIntro) }</p>
                { for SUGGESTIONS.iter().map(|line| html! { <button class="cmd" data-run={*line}><span>{ *line }</span></button> }) }
            </div>
            <div class="lesson__foot">
                <div class="foot-row">
                    <button class="btn" onclick={reset}>{ bench.t(Key::SandboxReset) }</button>
                    <span class="grow" />
                    <a class="btn" href="#/">{ bench.t(Key::BackToCourse) }</a>
                </div>
            </div>
        </>
    }
}

/// The button under the pointer that has an attribute.
fn clicked(event: &MouseEvent, attribute: &str) -> Option<Element> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    target.closest(&format!("[{attribute}]")).ok()?
}

/// A file of the prose goes into the home directory, unless the learner has one of that name, and into the editor.
fn open_file(bench: &Bench, button: &Element) {
    let (Some(path), Some(text)) = (button.get_attribute("data-file"), button.get_attribute("data-text")) else { return };
    if bench.session.read_file(&path).is_none() {
        bench.session.write_file(&path, &text);
    }
    bench.act(Act::File(Some(path)));
    bench.act(Act::Desk(DeskTab::Edit));
    bench.act(Act::Pane(Pane::Edit));
}

/// Gives every command of the prose its sign: to run, or run.
#[hook]
fn use_commands(body: &NodeRef, live: &Live) {
    let bench = use_bench();
    let body = body.clone();
    let deps = (live.lesson.clone(), live.timeline.clone(), bench.page.lang);
    use_effect_with(deps, move |(_, timeline, _)| {
        let Some(body) = body.cast::<Element>() else { return };
        for command in dom::find_all(&body, "[data-run]") {
            let line = command.get_attribute("data-run").unwrap_or_default();
            let ran = timeline.commands.iter().any(|mark| mark.line.trim() == line.trim());
            let sign = if ran { "check" } else { "enter" };
            let _ = command.class_list().toggle_with_force("was-run", ran);
            if command.get_attribute("data-sign").as_deref() != Some(sign) {
                let _ = command.set_attribute("data-sign", sign);
                let _ = command.set_attribute("title", bench.t(Key::RunThis));
                if let Ok(Some(old)) = command.query_selector("svg") {
                    old.remove();
                }
                keep_words_whole(&command, &line);
                let svg = format!(r##"<svg class="i i--s" aria-hidden="true"><use href="#i-{sign}"></use></svg>"##);
                let _ = command.insert_adjacent_html("afterbegin", &svg);
            }
        }
    });
}

/// A command breaks between its words, never within `--image=…`.
fn keep_words_whole(command: &Element, line: &str) {
    let Ok(Some(place)) = command.query_selector("code, span") else { return };
    if place.child_element_count() > 0 {
        return;
    }
    place.set_text_content(None);
    for (index, word) in line.split(' ').enumerate() {
        let Ok(whole) = dom::document().create_element("span") else { return };
        whole.set_class_name("word");
        whole.set_text_content(Some(word));
        let gap = if index > 0 { " " } else { "" };
        let _ = place.append_with_str_1(gap);
        let _ = place.append_child(&whole);
    }
}
