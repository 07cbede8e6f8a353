//! Quantities from within, as Go's debugging printer writes them. Models spew's `%#v` of resource.Quantity.
use super::{Amount, Quantity};

impl Quantity {
    /// Amount, kept text and format with Go's names and types: what is hashed of a quantity in a pod template.
    pub fn go_dump(&self) -> String {
        let (value, scale, decimal) = match &self.amount {
            Amount::Int { value, scale } => (*value, *scale, "<nil>".to_owned()),
            Amount::Dec(decimal) => {
                let words: Vec<String> = decimal.words().iter().map(u64::to_string).collect();
                let unscaled = format!("{{neg:(bool){} abs:(big.nat)[{}]}}", decimal.negative, words.join(" "));
                (0, 0, format!("{{unscaled:(big.Int){unscaled} scale:(inf.Scale){}}}", decimal.scale))
            }
        };
        format!(
            "{{i:(resource.int64Amount){{value:(int64){value} scale:(resource.Scale){scale}}} \
             d:(resource.infDecAmount){{Dec:(*inf.Dec){decimal}}} s:(string){} Format:(resource.Format){}}}",
            self.kept.as_deref().unwrap_or_default(),
            self.format.name(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_keep_their_text_as_gos_parser_does() {
        let quantity = |text: &str| Quantity::parse(text).unwrap().go_dump();
        for (text, value, scale, kept) in [
            ("100m", 100_i64, -3, "100m"),
            ("1", 1, 0, "1"),
            ("170Mi", 178_257_920, 0, "170Mi"),
            ("64Mi", 67_108_864, 0, ""),
            ("2k", 2, 3, "2k"),
        ] {
            let inside = quantity(text);
            assert!(
                inside.starts_with(&format!("{{i:(resource.int64Amount){{value:(int64){value} scale:(resource.Scale){scale}}}")),
                "{inside}"
            );
            assert!(inside.contains(&format!("s:(string){kept} Format")), "{inside}");
        }
        assert!(quantity("100Ti").contains("scale:(inf.Scale)9"));
        // 100 × 2⁴⁰ × 10⁹
        assert!(quantity("100Ti").contains("abs:(big.nat)[8568098291072368640 5960]"), "{}", quantity("100Ti"));
    }
}
