//! `podground new-lesson ID`

use std::path::Path;

const LESSON: &str = "\
id: {id}
topology: classroom
steps:
  - id: make
    par: 1
    check:
      - id: exists
        assert: { apiVersion: v1, kind: Pod, metadata: { name: hello } }
    hints: [shape, command]
    solution: [\"kubectl run hello --image=nginx\"]
  - id: look
    check:
      - id: looked
        did: { verb: get, resource: pods }
    hints: [verb, command]
    questions: [{ id: ready, predict: true }]
    solution: [\"kubectl get pods\"]
  - id: remove
    check:
      - id: gone
        absent: { kind: Pod, metadata: { name: hello } }
    hints: [verb, command]
    solution: [\"kubectl delete pod hello\"]
";

const KO: &str = include_str!("new_lesson.ko.md");
const EN: &str = include_str!("new_lesson.en.md");

/// Makes a lesson's folder under `lessons/`.
pub fn run(operands: &[String]) -> Result<i32, String> {
    let [id] = operands else { return Err("new-lesson takes the new lesson's id".into()) };
    if !podground::session::is_id(id) {
        return Err(format!("{id:?} cannot be an id: use lower-case letters, digits and -"));
    }
    let folder = Path::new("lessons").join(id);
    if folder.exists() {
        return Err(format!("{} exists already", folder.display()));
    }
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text.replace("{id}", id)).map_err(|error| format!("{}: {error}", path.display()))
    };
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    write("lesson.yaml", LESSON)?;
    write("ko.md", KO)?;
    write("en.md", EN)?;
    let folder = folder.display();
    println!("made {folder}: change it step by step, and prove it with\n    podground check {folder}");
    println!("To give it a place in the course, add a line to lessons/course.yaml:\n      - {{ id: {id}, title: {{ ko: …, en: … }} }}");
    Ok(0)
}
