//! Tables for the terminal.

pub struct Table {
    title: String,
    rows: Vec<Vec<String>>,
}

impl Table {
    #[must_use]
    pub fn new<S: Into<String>>(title: impl Into<String>, header: impl IntoIterator<Item = S>) -> Self {
        Self { title: title.into(), rows: vec![header.into_iter().map(Into::into).collect()] }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    pub fn print(&self) {
        println!("\n{}\n", self.title);
        for row in &self.rows {
            println!("{}", self.line(row));
        }
    }

    /// The first column names the row and stands left; the others are figures and stand right.
    fn line(&self, row: &[String]) -> String {
        let cells = row.iter().enumerate().map(|(column, cell)| match column {
            0 => format!("{cell:<width$}", width = self.width(0)),
            _ => format!("{cell:>width$}", width = self.width(column)),
        });
        cells.collect::<Vec<_>>().join("   ")
    }

    fn width(&self, column: usize) -> usize {
        self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    }
}
