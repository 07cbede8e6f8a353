//! `-o`: from the flag to something that prints. Models cli-runtime/pkg/genericclioptions/print_flags.go.

use super::command::{Cmd, resource_name, text};
use super::error::Fail;
use super::kubeconfig::read_text;
use super::mapping;
use super::printers::custom_columns::CustomColumns;
use super::printers::jsonpath::{JsonPath, print};
use super::printers::template::Template;
use super::printers::{gofmt, json, kyaml, yaml};
use serde_json::Value;

/// The formats of every verb; `get` has columns too.
const FORMATS: &str = "go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,yaml";
const GET_FORMATS: &str = "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml";

enum Format {
    /// `pod/web created`, or with `-o name` only `pod/web`.
    Name {
        bare: bool,
    },
    /// With the keys in the order of Go's structs, or sorted.
    Json {
        typed: bool,
    },
    Yaml {
        printed: bool,
    },
    KYaml,
    JsonPath {
        template: String,
        path: JsonPath,
        as_json: bool,
    },
    Template(Box<Template>),
    Columns(Box<CustomColumns>),
}

/// A printer of whole objects.
pub struct Printer {
    format: Format,
    show_managed_fields: bool,
    /// ` (dry run)`.
    suffix: String,
}

/// Reads a template given as a file.
async fn file(cmd: &Cmd, format: &str, path: &str) -> Result<String, Fail> {
    match read_text(&cmd.ctx, path).await {
        Ok(text) => Ok(text),
        Err(e) => Err(Fail::Text(
            format!("error reading --template {path}, {}", e.message())
                .replace("--template", if format.starts_with("custom") { "template" } else { "--template" }),
        )),
    }
}

impl Printer {
    /// The printer for `-o`, or `None` where the verb's own output is wanted. `get` allows columns.
    pub async fn from_flags(cmd: &Cmd, get: bool) -> Result<Option<Printer>, Fail> {
        let flag = cmd.flags.text("output").to_owned();
        let template_flag = cmd.flags.text("template").to_owned();
        let (name, value) = match flag.split_once('=') {
            Some((name @ ("json" | "yaml" | "wide" | "name" | "kyaml"), _)) => (format!("{name}="), None),
            Some(("", _)) => (flag.clone(), None),
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (flag.clone(), Some(template_flag.clone()).filter(|t| !t.is_empty())),
        };
        let name = if name.is_empty() && !template_flag.is_empty() { "go-template".to_owned() } else { name };
        if name.is_empty() || (get && name == "wide") {
            return Ok(None);
        }
        let name = if matches!(name.to_lowercase().as_str(), "json" | "yaml" | "kyaml") { name.to_lowercase() } else { name };
        let allow_missing = !cmd.flags.changed("allow-missing-template-keys") || cmd.flags.on("allow-missing-template-keys");
        let needs = |what: &str| value.clone().filter(|v| !v.is_empty()).ok_or(Fail::Text(what.to_owned()));
        let no_template = "template format specified but no template given";
        let format = match name.as_str() {
            "json" => Format::Json { typed: false },
            "yaml" => Format::Yaml { printed: false },
            "name" => Format::Name { bare: true },
            "jsonpath" | "jsonpath-as-json" | "jsonpath-file" => {
                let mut template = needs(no_template)?;
                if name == "jsonpath-file" {
                    template = file(cmd, &name, &template).await?;
                }
                let path =
                    JsonPath::new(&template, allow_missing).map_err(|e| Fail::Text(format!("error parsing jsonpath {template}, {e}")))?;
                Format::JsonPath { template, path, as_json: name == "jsonpath-as-json" }
            }
            "go-template" | "template" | "go-template-file" | "templatefile" => {
                let mut template = needs(no_template)?;
                if name.ends_with("file") {
                    template = file(cmd, &name, &template).await?;
                }
                Format::Template(Box::new(Template::new(&template, allow_missing)?))
            }
            "custom-columns" if get => {
                let spec = value.unwrap_or_default();
                Format::Columns(Box::new(CustomColumns::new(&spec, cmd.flags.on("no-headers"))?))
            }
            "custom-columns-file" if get => {
                let path = needs("custom-columns format specified but no custom columns given")?;
                Format::Columns(Box::new(CustomColumns::from_file(&file(cmd, &name, &path).await?)?))
            }
            "kyaml" => Format::KYaml,
            _ => {
                let allowed = if get { GET_FORMATS } else { FORMATS };
                let quoted = gofmt::quote(&flag);
                return Err(Fail::Text(format!(
                    "unable to match a printer suitable for the output format {quoted}, allowed formats are: {allowed}"
                )));
            }
        };
        Ok(Some(Printer { format, show_managed_fields: cmd.flags.on("show-managed-fields"), suffix: String::new() }))
    }

    /// The printer of a verb that changes objects: `-o`, or `pod/web created`.
    pub async fn for_change(cmd: &Cmd) -> Result<Printer, Fail> {
        let suffix = dry_run(cmd)?.suffix();
        let printer = Printer::from_flags(cmd, false).await?;
        let mut printer =
            printer.unwrap_or(Printer { format: Format::Name { bare: false }, show_managed_fields: false, suffix: String::new() });
        printer.suffix = suffix.to_owned();
        Ok(printer)
    }

    /// Prints the object, or in the name format what was done to it.
    pub fn print(&mut self, object: &Value, operation: &str) -> (String, Result<(), Fail>) {
        let ok = |text: String| (text, Ok(()));
        match &mut self.format {
            Format::Name { bare } => {
                let bare = *bare;
                ok(names(object, &|name| {
                    if bare || operation.is_empty() { format!("{name}\n") } else { format!("{name} {operation}{}\n", self.suffix) }
                }))
            }
            Format::Json { typed } => {
                let typed = *typed;
                let object = self.trimmed(object);
                ok(if typed { json::typed(&object, "    ") } else { json::indented(&object, "    ") } + "\n")
            }
            Format::Yaml { printed } => {
                let separator = if std::mem::replace(printed, true) { "---\n" } else { "" };
                ok(format!("{separator}{}", yaml::to_yaml(&self.trimmed(object))))
            }
            Format::KYaml => ok(kyaml::to_kyaml(&self.trimmed(object))),
            Format::JsonPath { template, path, as_json } => match path.find(object) {
                Ok(found) => ok(found.iter().map(|values| print(values, *as_json)).collect()),
                Err(e) => {
                    let dump = gofmt::go_syntax(object);
                    let more = format!("template was:\n\t\t{template}\n\tobject given to jsonpath engine was:\n\t\t{dump}\n\n");
                    let text = format!(
                        "error executing jsonpath {}: Error executing template: {e}. Printing more information for debugging the template:\n\t{more}",
                        gofmt::quote(template)
                    );
                    (String::new(), Err(Fail::Text(text + "\n")))
                }
            },
            Format::Template(template) => match template.execute(object) {
                Ok(text) => ok(text),
                Err(failure) => (failure.stdout, Err(Fail::Text(failure.message))),
            },
            Format::Columns(columns) => {
                let (text, result) = columns.print(object);
                (text, result.map_err(Fail::Text))
            }
        }
    }

    /// Without managedFields, unless they are wanted.
    fn trimmed(&self, object: &Value) -> Value {
        let mut object = object.clone();
        if !self.show_managed_fields {
            strip(&mut object);
            if let Some(items) = object.get_mut("items").and_then(Value::as_array_mut) {
                items.iter_mut().for_each(strip);
            }
        }
        object
    }

    /// A printer of objects that kubectl itself made: their JSON has the fields in the order of Go's structs.
    pub fn typed(mut self) -> Printer {
        if let Format::Json { typed } = &mut self.format {
            *typed = true;
        }
        self
    }

    /// A printer that does not say that a run is dry.
    pub fn without_suffix(mut self) -> Printer {
        self.suffix.clear();
        self
    }

    /// Prints to stdout.
    pub async fn show(&mut self, cmd: &Cmd, object: &Value, operation: &str) -> Result<(), Fail> {
        let (text, result) = self.print(object, operation);
        cmd.print(&text).await;
        result
    }
}

fn strip(object: &mut Value) {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
}

fn names(object: &Value, line: &dyn Fn(String) -> String) -> String {
    if let Some(items) = object.get("items").and_then(Value::as_array)
        && text(object, &["kind"]).ends_with("List")
    {
        return items.iter().map(|item| names(item, line)).collect();
    }
    let (version, kind) = (text(object, &["apiVersion"]), text(object, &["kind"]));
    let name = match text(object, &["metadata", "name"]) {
        none if none.is_empty() => "<unknown>".to_owned(),
        name => name,
    };
    let shown = match mapping::of_object(&version, &kind) {
        Some(kind) => resource_name(kind, &name),
        None => match version.split_once('/') {
            Some((group, _)) => format!("{}.{group}/{name}", kind.to_lowercase()),
            None => format!("{}/{name}", kind.to_lowercase()),
        },
    };
    line(shown)
}

/// `--dry-run`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DryRun {
    None,
    Client,
    Server,
}

impl DryRun {
    /// The request's `dryRun`.
    pub fn query(self) -> &'static str {
        if self == DryRun::Server { "All" } else { "" }
    }

    /// What is said behind what would have been done.
    pub fn suffix(self) -> &'static str {
        match self {
            DryRun::None => "",
            DryRun::Client => " (dry run)",
            DryRun::Server => " (server dry run)",
        }
    }
}

/// Reads `--dry-run`.
pub fn dry_run(cmd: &Cmd) -> Result<DryRun, Fail> {
    match cmd.flags.text("dry-run") {
        "" | "none" | "false" => Ok(DryRun::None),
        // Without a value it is deprecated, and means the client's; the command says so before it runs.
        "client" | "unchanged" | "true" => Ok(DryRun::Client),
        "server" => Ok(DryRun::Server),
        other => Err(Fail::Text(format!("Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."))),
    }
}
