//! `podground schema`

/// The JSON Schema of lesson.yaml.
const SCHEMA: &str = include_str!("lesson.schema.json");

/// Prints it.
pub fn run(operands: &[String]) -> Result<i32, String> {
    if !operands.is_empty() {
        return Err("schema takes no operands".into());
    }
    print!("{SCHEMA}");
    Ok(0)
}
