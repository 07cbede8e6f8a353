//! A lesson's questions: in the prose, and what is said of them beside the checks.
use podground::session::{QuestionView, StepView};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::bench::{Bench, use_bench};
use super::dom;
use super::i18n::Key;
use super::icon::tick;
use super::lesson::raw;

/// The questions stand in the prose, perhaps out of sight: that they want an answer is said beside the checks.
pub fn questions(bench: &Bench, step: &StepView) -> Html {
    let (all, answered) = (step.questions.len(), step.questions.iter().filter(|question| question.answered()).count());
    if all == 0 {
        return Html::default();
    }
    let text = bench.f(Key::QuestionsToAnswer, &[&answered.to_string(), &all.to_string()]);
    html! {
        <li class={classes!("asked", (answered == all).then_some("is-done"))}>
            { tick(answered == all) }<button onclick={|_: MouseEvent| to_the_question()}>{ text }</button>
        </li>
    }
}

/// Goes to the first question that has no answer yet.
pub fn to_the_question() {
    dom::focus(".pane--lesson .question.is-open :is(button, input)");
}

#[derive(Properties, PartialEq)]
pub struct QuestionProps {
    /// The question, and what was answered.
    pub question: QuestionView,
}

/// A question with its choices or its field, and the explanation once it is answered.
#[component]
pub fn Question(props: &QuestionProps) -> Html {
    let bench = use_bench();
    let question = &props.question;
    let field = use_node_ref();
    let submit = {
        let (bench, field, id) = (bench.clone(), field.clone(), question.id.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(input) = field.cast::<HtmlInputElement>() {
                bench.session.lesson_answer(&id, input.value().trim());
            }
        })
    };
    let verdict = match (question.right, question.predict) {
        (Some(true), _) => Some(bench.t(Key::Right)),
        (Some(false), true) => Some(bench.t(Key::PredictWrong)),
        (Some(false), false) => Some(bench.t(Key::NotRight)),
        (None, predict) => (predict && question.given.is_some()).then(|| bench.t(Key::PredictWait)),
    };
    html! {
        <fieldset class={classes!("question", question.predict.then_some("question--predict"), (!question.answered()).then_some("is-open"))}>
            <legend class="prose">
                if question.predict { <b>{ bench.t(Key::PredictFirst) }</b> }
                { raw(&question.text) }
            </legend>
            if question.choices.is_empty() {
                <form onsubmit={submit}>
                    <input ref={field} class="field" aria-label={bench.t(Key::YourAnswer)} autocomplete="off" autocapitalize="off" spellcheck="false" value={question.given.clone().unwrap_or_default()} />
                    <button class="btn">{ bench.t(Key::Answer) }</button>
                </form>
            } else {
                { for question.choices.iter().map(|choice| choice_button(&bench, question, choice)) }
            }
            <div role="status" class="question__said">
                if let Some(verdict) = verdict { <b>{ verdict }</b> }
                if let Some(explanation) = &question.explanation { <div class="prose">{ raw(explanation) }</div> }
            </div>
        </fieldset>
    }
}

fn choice_button(bench: &Bench, question: &QuestionView, choice: &str) -> Html {
    let (session, id, text) = (bench.session.clone(), question.id.clone(), choice.to_owned());
    let given = question.given.as_deref() == Some(choice);
    let answer = Callback::from(move |_: MouseEvent| session.lesson_answer(&id, &text));
    html! {
        <button class="cmd choice" aria-pressed={if given { "true" } else { "false" }} onclick={answer}>
            { tick(given && question.right == Some(true)) }<span>{ choice }</span>
        </button>
    }
}
