//! Columns as Go's `text/tabwriter` aligns them. Models liggitt/tabwriter with `RememberWidths`.
//!
//! A cell is ended by a tab; what follows a line's last tab belongs to no column. A column is a run of consecutive
//! lines that have a cell there, so a line with fewer cells ends it.

/// The alignment's settings, and the widths that later lines of a watch must keep.
pub struct TabWriter {
    min_width: usize,
    padding: usize,
    remembered: Option<Vec<usize>>,
}

impl TabWriter {
    /// kubectl's tables: six wide at least, three apart, widths kept from flush to flush.
    pub fn table() -> TabWriter {
        TabWriter { min_width: 6, padding: 3, remembered: Some(Vec::new()) }
    }

    /// `kubectl describe`: two apart.
    pub fn describe() -> TabWriter {
        TabWriter { min_width: 0, padding: 2, remembered: None }
    }

    /// Any other setting.
    pub fn new(min_width: usize, padding: usize) -> TabWriter {
        TabWriter { min_width, padding, remembered: None }
    }

    /// Aligns `text`, in which cells end in tabs.
    pub fn align(&mut self, text: &str) -> String {
        let ends_in_newline = text.ends_with('\n');
        let mut lines: Vec<Vec<&str>> = text.split('\n').map(|line| line.split('\t').collect()).collect();
        if ends_in_newline {
            lines.pop();
        }
        let mut out = Layout { widths: Vec::new(), text: String::new() };
        self.format(&mut out, &lines, 0, lines.len());
        if !ends_in_newline {
            out.text.pop();
        }
        out.text
    }

    fn format(&mut self, out: &mut Layout, lines: &[Vec<&str>], from: usize, to: usize) {
        let column = out.widths.len();
        let mut next = from;
        let mut this = from;
        while this < to {
            if column + 1 >= lines[this].len() {
                this += 1;
                continue;
            }
            // The lines above have no cell in this column.
            self.write(out, lines, next, this);
            next = this;
            let mut width = self.min_width;
            while this < to && column + 1 < lines[this].len() {
                width = width.max(lines[this][column].chars().count() + self.padding);
                this += 1;
            }
            if let Some(remembered) = &mut self.remembered {
                if remembered.len() <= column {
                    remembered.resize(column + 1, 0);
                }
                width = width.max(remembered[column]);
                remembered[column] = width;
            }
            out.widths.push(width);
            self.format(out, lines, next, this);
            out.widths.pop();
            next = this;
        }
        self.write(out, lines, next, to);
    }

    fn write(&self, out: &mut Layout, lines: &[Vec<&str>], from: usize, to: usize) {
        for line in &lines[from..to] {
            for (i, cell) in line.iter().enumerate() {
                out.text.push_str(cell);
                if i + 1 < line.len() {
                    let width = out.widths.get(i).copied().unwrap_or(0);
                    let used = cell.chars().count();
                    out.text.extend(std::iter::repeat_n(' ', width.saturating_sub(used)));
                }
            }
            out.text.push('\n');
        }
    }
}

struct Layout {
    widths: Vec<usize>,
    text: String,
}
