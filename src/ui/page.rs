//! What the page itself remembers: language, theme, sizes, what is open and selected. Nothing of the cluster is here.
use std::rc::Rc;

use podground::session::{Lang, TerminalId};
use yew::Reducible;

use super::dom;
use super::i18n::Key;

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    Dark,
    Light,
}

impl Theme {
    /// The value of `<html data-theme>`.
    pub fn code(self) -> &'static str {
        match self {
            Theme::Dark => "dark",
            Theme::Light => "light",
        }
    }
}

/// The one pane that a phone shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    Lesson,
    Picture,
    Edit,
    Time,
}

impl Pane {
    /// The value of `<html data-pane>`.
    pub fn code(self) -> &'static str {
        match self {
            Pane::Lesson => "lesson",
            Pane::Picture => "picture",
            Pane::Edit => "edit",
            Pane::Time => "time",
        }
    }
}

/// Which of editor and terminal is in front where they share a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeskTab {
    Edit,
    Term,
}

/// What the address asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    Home,
    /// `#/learn/<lesson>`
    Lesson(String),
    /// `#/sandbox/<topology>`
    Sandbox(String),
    /// `#/work`: go on with whatever is open.
    Work,
}

impl Route {
    /// Reads the part of an address behind `#`.
    pub fn parse(hash: &str) -> Route {
        let path = hash.trim_start_matches('#').trim_matches('/');
        match path.split_once('/') {
            Some(("learn", lesson)) => Route::Lesson(lesson.to_owned()),
            Some(("sandbox", topology)) => Route::Sandbox(topology.to_owned()),
            _ if path == "work" => Route::Work,
            _ => Route::Home,
        }
    }
}

/// What is selected in the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selected {
    /// By uid.
    Pod(String),
    /// By name.
    Node(String),
}

/// Which pods the picture shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Namespaces {
    /// All but the system's own.
    Mine,
    All,
    One(String),
}

/// The inspector's pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Summary,
    Why,
    Yaml,
    Describe,
    Events,
    Logs,
    Shell,
}

/// Sizes that the splitters set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sizes {
    /// rem
    pub lesson: f64,
    /// Part of the work area's height, in percent.
    pub picture: f64,
    /// rem
    pub editor: f64,
    /// rem
    pub inspector: f64,
}

/// The sizes of the drawing.
pub const SIZES: Sizes = Sizes { lesson: 21.25, picture: 55.0, editor: 25.75, inspector: 27.5 };

/// Which splitter moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    Lesson,
    Picture,
    Editor,
    Inspector,
}

impl Edge {
    /// Least and greatest size.
    pub fn limits(self) -> (f64, f64) {
        match self {
            Edge::Lesson => (15.0, 40.0),
            Edge::Picture => (20.0, 80.0),
            Edge::Editor => (14.0, 60.0),
            Edge::Inspector => (18.0, 48.0),
        }
    }
}

impl Sizes {
    /// The size that an edge sets.
    pub fn get(self, edge: Edge) -> f64 {
        match edge {
            Edge::Lesson => self.lesson,
            Edge::Picture => self.picture,
            Edge::Editor => self.editor,
            Edge::Inspector => self.inspector,
        }
    }

    fn set(&mut self, edge: Edge, size: f64) {
        let (least, greatest) = edge.limits();
        let size = size.clamp(least, greatest);
        match edge {
            Edge::Lesson => self.lesson = size,
            Edge::Picture => self.picture = size,
            Edge::Editor => self.editor = size,
            Edge::Inspector => self.inspector = size,
        }
    }
}

/// The state of the page.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    pub lang: Lang,
    pub theme: Theme,
    pub route: Route,
    pub pane: Pane,
    pub desk: DeskTab,
    pub sizes: Sizes,
    /// Virtual seconds in a second.
    pub speed: u32,
    pub paused: bool,
    pub selected: Option<Selected>,
    pub selector: String,
    pub namespaces: Namespaces,
    pub inspector: Option<Tab>,
    /// The file in the editor.
    pub file: Option<String>,
    /// The terminal in front.
    pub terminal: Option<TerminalId>,
    pub screen_reader: bool,
    /// The command palette is open.
    pub palette: bool,
    /// The list of shortcuts is open.
    pub help: bool,
    /// The sequence picture is open: of the command of this place in the timeline, or of the last one.
    pub backstage: Option<Option<usize>>,
    /// Two moments are compared.
    pub compare: bool,
    /// The picture shows who owns what.
    pub ownership: bool,
    /// Everything larger, for a projector.
    pub presenter: bool,
    /// Editor, lesson and so on that are folded away.
    pub folded: [bool; 4],
    /// Points that the terminal's and editor's letters are larger by.
    pub letters: i32,
    /// A second terminal beside the one in front.
    pub split: bool,
    /// The pod, node or container whose menu is open, and where.
    pub menu: Option<Menu>,
    /// A sentence to read out and show: something went wrong and was mended.
    pub notice: Option<String>,
}

/// A menu of the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Menu {
    pub of: MenuOf,
    /// CSS pixels of the window.
    pub at: (i32, i32),
}

/// What a menu is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MenuOf {
    /// By name.
    Node(String),
    /// Namespace and name.
    Pod(String, String),
    /// Namespace, pod, container.
    Container(String, String, String),
    /// The whole cluster.
    Cluster,
}

/// Everything that changes the page's state.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    Lang(Lang),
    Theme(Theme),
    Route(Route),
    Pane(Pane),
    Desk(DeskTab),
    Size(Edge, f64),
    Speed(u32),
    Paused(bool),
    Select(Option<Selected>),
    Selector(String),
    Namespaces(Namespaces),
    Inspect(Option<Tab>),
    File(Option<String>),
    Terminal(Option<TerminalId>),
    ScreenReader(bool),
    Notice(Option<String>),
    /// A lesson could not be fetched.
    NotFetched,
    Palette(bool),
    Help(bool),
    Backstage(Option<Option<usize>>),
    Compare(bool),
    Ownership(bool),
    Presenter(bool),
    Fold(Edge, bool),
    Letters(i32),
    Split(bool),
    Menu(Option<Menu>),
    /// Another session has begun: nothing of the old one is selected.
    Fresh,
}

impl Reducible for Page {
    type Action = Act;

    fn reduce(self: Rc<Self>, act: Act) -> Rc<Self> {
        let mut next = (*self).clone();
        match act {
            Act::Lang(lang) => next.lang = lang,
            Act::Theme(theme) => next.theme = theme,
            Act::Route(route) => next.route = route,
            Act::Pane(pane) => next.pane = pane,
            Act::Desk(tab) => next.desk = tab,
            Act::Size(edge, size) => next.sizes.set(edge, size),
            Act::Speed(speed) => (next.speed, next.paused) = (speed, false),
            Act::Paused(paused) => next.paused = paused,
            Act::Select(selected) => next.selected = selected,
            Act::Selector(selector) => next.selector = selector,
            Act::Namespaces(namespaces) => next.namespaces = namespaces,
            Act::Inspect(tab) => next.inspector = tab,
            Act::File(file) => next.file = file,
            Act::Terminal(terminal) => next.terminal = terminal,
            Act::ScreenReader(on) => next.screen_reader = on,
            Act::Notice(notice) => next.notice = notice,
            Act::NotFetched => next.notice = Some(Key::NotFetched.text(self.lang).to_owned()),
            Act::Palette(open) => (next.palette, next.help) = (open, false),
            Act::Help(open) => (next.palette, next.help) = (false, open),
            Act::Backstage(of) => {
                next.backstage = of;
                if of.is_some() {
                    next.pane = Pane::Picture; // where a phone has it
                }
            }
            Act::Compare(open) => next.compare = open,
            Act::Ownership(on) => next.ownership = on,
            Act::Presenter(on) => next.presenter = on,
            Act::Fold(edge, folded) => {
                if let Some(place) = next.folded.get_mut(edge as usize) {
                    *place = folded;
                }
            }
            Act::Letters(size) => next.letters = size.clamp(-3, 12),
            Act::Split(on) => next.split = on,
            Act::Menu(menu) => next.menu = menu,
            Act::Fresh => {
                (next.backstage, next.compare, next.menu) = (None, false, None);
                next.selected = None;
                next.selector = String::new();
                next.inspector = None;
                next.file = None;
                next.terminal = None;
                (next.speed, next.paused) = (1, false);
            }
        }
        Rc::new(next)
    }
}

impl Page {
    /// The state that the browser remembers, or what its settings ask for.
    pub fn remembered() -> Page {
        let size = |name: &str, usual: f64| dom::remembered(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
        let mut sizes = SIZES;
        for (edge, name, usual) in EDGES {
            sizes.set(*edge, size(name, *usual));
        }
        Page {
            lang: remembered_lang(),
            theme: remembered_theme(),
            route: Route::parse(&dom::window().location().hash().unwrap_or_default()),
            pane: Pane::Lesson,
            desk: DeskTab::Term,
            sizes,
            speed: 1,
            paused: false,
            selected: None,
            selector: String::new(),
            namespaces: Namespaces::Mine,
            inspector: None,
            file: None,
            terminal: None,
            screen_reader: dom::remembered("screen-reader").is_some_and(|text| text == "on"),
            palette: false,
            help: false,
            backstage: None,
            compare: false,
            ownership: false,
            presenter: dom::remembered("presenter").is_some_and(|text| text == "on"),
            folded: remembered_folds(),
            letters: dom::remembered("letters").and_then(|text| text.parse().ok()).unwrap_or(0),
            split: false,
            menu: None,
            notice: None,
        }
    }

    /// Writes down what outlives a reload.
    pub fn remember(&self) {
        dom::remember("lang", self.lang.code());
        dom::remember("theme", self.theme.code());
        dom::remember("screen-reader", if self.screen_reader { "on" } else { "off" });
        dom::remember("presenter", if self.presenter { "on" } else { "off" });
        dom::remember("letters", &self.letters.to_string());
        dom::remember("folded", &self.folded.map(|folded| if folded { '1' } else { '0' }).iter().collect::<String>());
        for (edge, name, _) in EDGES {
            dom::remember(name, &format!("{:.2}", self.sizes.get(*edge)));
        }
    }
}

fn remembered_folds() -> [bool; 4] {
    let text = dom::remembered("folded").unwrap_or_default();
    let mut folds = [false; 4];
    for (place, letter) in folds.iter_mut().zip(text.chars()) {
        *place = letter == '1';
    }
    folds
}

const EDGES: &[(Edge, &str, f64)] = &[
    (Edge::Lesson, "size.lesson", SIZES.lesson),
    (Edge::Picture, "size.picture", SIZES.picture),
    (Edge::Editor, "size.editor", SIZES.editor),
    (Edge::Inspector, "size.inspector", SIZES.inspector),
];

fn remembered_lang() -> Lang {
    let browser = dom::window().navigator().language().unwrap_or_default();
    match dom::remembered("lang").as_deref() {
        Some("ko") => Lang::Ko,
        Some("en") => Lang::En,
        _ if browser.starts_with("ko") => Lang::Ko,
        _ => Lang::En,
    }
}

fn remembered_theme() -> Theme {
    match dom::remembered("theme").as_deref() {
        Some("dark") => Theme::Dark,
        Some("light") => Theme::Light,
        _ if dom::media_matches("(prefers-color-scheme: light)") => Theme::Light,
        _ => Theme::Dark,
    }
}
