//! Tells those who do not see the picture what changed: one sentence a second at most.
use std::collections::BTreeMap;

use gloo_timers::callback::Timeout;
use yew::prelude::*;

use super::bench::{Bench, use_bench};
use super::i18n::Key;
use super::live::Live;

const BATCH_MILLIS: u32 = 1_000;
/// More news than this at once is only counted.
const MOST_AT_ONCE: usize = 4;

/// What was last known, to tell what is new.
#[derive(Default)]
struct Known {
    started: bool,
    pods: BTreeMap<String, (String, String)>,
    checks: Vec<(String, bool)>,
    news: Vec<String>,
    timer: Option<Timeout>,
}

#[derive(Properties, PartialEq)]
pub struct AnnouncerProps {
    pub live: Live,
}

/// A polite live region.
#[component]
pub fn Announcer(props: &AnnouncerProps) -> Html {
    let bench = use_bench();
    let text = use_state_eq(String::new);
    let known = use_mut_ref(Known::default);
    {
        let (text, known) = (text.setter(), known.clone());
        use_effect_with((props.live.clone(), bench.page.lang), move |(live, _)| {
            let mut now = known.borrow_mut();
            now.learn(&bench, live);
            if now.news.is_empty() || now.timer.is_some() {
                return;
            }
            let later = known.clone();
            now.timer = Some(Timeout::new(BATCH_MILLIS, move || {
                let mut known = later.borrow_mut();
                let mut news = std::mem::take(&mut known.news);
                let from = news.len().saturating_sub(MOST_AT_ONCE);
                text.set(news.split_off(from).join(". "));
                known.timer = None;
            }));
        });
    }
    html! { <div class="vh" role="status" aria-live="polite">{ (*text).clone() }</div> }
}

impl Known {
    fn learn(&mut self, bench: &Bench, live: &Live) {
        let mut news = Vec::new();
        let pods: BTreeMap<String, (String, String)> =
            live.cluster.pods.iter().map(|pod| (pod.uid.clone(), (pod.name.clone(), pod.phase_word.clone()))).collect();
        for (uid, (name, word)) in &pods {
            if self.pods.get(uid).is_none_or(|(_, before)| before != word) {
                news.push(bench.f(Key::PodIs, &[name, word]));
            }
        }
        for (name, _) in self.pods.iter().filter(|(uid, _)| !pods.contains_key(*uid)).map(|(_, pod)| pod) {
            news.push(bench.f(Key::PodGone, &[name]));
        }
        let step = live.lesson.as_ref().and_then(|lesson| lesson.steps.get(lesson.step_index));
        let checks: Vec<(String, bool)> =
            step.map(|step| step.checks.iter().map(|check| (check.text.clone(), check.met)).collect()).unwrap_or_default();
        for (text, _) in checks.iter().filter(|(text, met)| *met && self.checks.contains(&(text.clone(), false))) {
            news.push(bench.f(Key::CheckMet, &[text]));
        }
        if self.started {
            self.news.append(&mut news);
        }
        (self.pods, self.checks) = (pods, checks);
        self.started = !live.cluster.nodes.is_empty();
    }
}
