//! The bar at the top: where you are, language, theme.
use podground::session::Lang;
use yew::prelude::*;

use super::bench::use_bench;
use super::dom::chord;
use super::i18n::Key;
use super::icon::{icon, small_icon};
use super::live::Live;
use super::page::{Act, Edge, Route, Theme};

#[derive(Properties, PartialEq)]
pub struct TopBarProps {
    pub live: Live,
}

/// The bar at the top.
#[component]
pub fn TopBar(props: &TopBarProps) -> Html {
    let bench = use_bench();
    let (other_lang, other_code) = match bench.page.lang {
        Lang::Ko => (Lang::En, "en"),
        Lang::En => (Lang::Ko, "ko"),
    };
    let (other_theme, theme_label) = match bench.page.theme {
        Theme::Dark => (Theme::Light, bench.t(Key::ThemeToLight)),
        Theme::Light => (Theme::Dark, bench.t(Key::ThemeToDark)),
    };
    let (present, folded) = (bench.page.presenter, bench.page.folded.get(Edge::Lesson as usize).copied().unwrap_or(false));
    let home = bench.page.route == Route::Home;
    html! {
        <header class="top">
            <a class="brand" href="#/" aria-label={if home { None } else { Some(format!("Podground, {}", bench.t(Key::Home))) }}>
                { icon("logo") }<span class={classes!((!home).then_some("hide-phone"))}>{ "Podground" }</span>
            </a>
            if !home {
                <nav class="crumb" aria-label={bench.t(Key::Breadcrumb)}>
                    if let Some(lesson) = &*props.live.lesson {
                        <span class="hide-phone crumb__part">{ icon("chev") }<span>{ &lesson.part_title }</span></span>
                        <span class="hide-phone">{ icon("chev") }</span>
                        <b aria-current="page">{ &lesson.title }</b>
                    } else {
                        <span class="hide-phone">{ icon("chev") }</span>
                        <b aria-current="page">{ bench.t(Key::Sandbox) }</b>
                    }
                </nav>
            }
            <span class="grow" />
            <button class="find hide-phone" onclick={bench.on(Act::Palette(true))}>
                { small_icon("search") }<span>{ bench.t(Key::FindLong) }</span><span class="kbd" aria-hidden="true">{ chord("K") }</span>
            </button>
            <span class="grow hide-phone" />
            if !home {
                <button class="btn btn--quiet btn--icon only-tablet" aria-pressed={if folded { "false" } else { "true" }} aria-label={bench.t(Key::LessonPane)} title={bench.t(Key::LessonPane)}
                    onclick={bench.on(Act::Fold(Edge::Lesson, !folded))}>{ icon("book") }</button>
                <button class="btn btn--quiet hide-phone" aria-pressed={if present { "true" } else { "false" }} title={bench.t(Key::Presenter)} onclick={bench.on(Act::Presenter(!present))}>
                    { icon("present") }<span class="hide-narrow">{ bench.t(Key::Presenter) }</span>
                </button>
            }
            <button class="btn btn--quiet" data-lang-button="" lang={other_code} aria-label={format!("{}, {}", bench.t(Key::OtherLanguage), bench.t(Key::SwitchLanguage))} onclick={bench.on(Act::Lang(other_lang))}>
                { icon("lang") }<span>{ bench.t(Key::OtherLanguage) }</span>
            </button>
            <button class="btn btn--quiet btn--icon" data-theme-button="" aria-label={theme_label} title={theme_label} onclick={bench.on(Act::Theme(other_theme))}>
                { icon("theme") }
            </button>
        </header>
    }
}
