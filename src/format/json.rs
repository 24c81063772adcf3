//! JSON where it stands: strings, numbers and keys with their positions in the source, so that
//! spacing, order and repeated keys stay as they are.

use super::FormatError;
use std::ops::Range;

/// A value and where it stands.
pub(super) struct Value {
    pub(super) range: Range<usize>,
    pub(super) kind: Kind,
}

/// What a value is.
pub(super) enum Kind {
    /// `true`, `false` or `null`.
    Word,
    /// A number, as written.
    Number,
    /// A string, decoded.
    String(String),
    Array(Vec<Value>),
    Object(Vec<(Value, Value)>),
}

impl Value {
    /// The text of a string.
    pub(super) fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => Some(text),
            Kind::Word | Kind::Number | Kind::Array(_) | Kind::Object(_) => None,
        }
    }

    /// A member of an object.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        let Kind::Object(pairs) = &self.kind else { return None };
        pairs.iter().find(|(k, _)| k.as_str() == Some(name)).map(|(_, v)| v)
    }
}

/// How deep values may nest.
const DEPTH: usize = 127;

/// All values of a text, one after the other: one for JSON, many for JSON lines.
///
/// # Errors
/// [`FormatError::Syntax`] with the byte.
pub(super) fn values(source: &str) -> Result<Vec<Value>, FormatError> {
    let mut reader = Reader { source, at: 0 };
    let mut values = Vec::new();
    loop {
        reader.space();
        if reader.at == source.len() {
            return Ok(values);
        }
        values.push(reader.value(0)?);
    }
}

struct Reader<'s> {
    source: &'s str,
    at: usize,
}

impl Reader<'_> {
    fn fail<T>(&self, problem: &'static str) -> Result<T, FormatError> {
        Err(FormatError::Syntax { format: "JSON", place: format!("byte {}", self.at), problem })
    }

    fn peek(&self) -> Option<u8> {
        self.source.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, FormatError> {
        if depth > DEPTH {
            return self.fail("nested too deep");
        }
        self.space();
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Kind::String(self.string()?),
            Some(b't' | b'f' | b'n') => self.literal(Kind::Word)?,
            Some(b'-' | b'0'..=b'9') => self.literal(Kind::Number)?,
            _ => return self.fail("no value where one must stand"),
        };
        Ok(Value { range: start..self.at, kind })
    }

    fn object(&mut self, depth: usize) -> Result<Kind, FormatError> {
        let mut pairs = Vec::new();
        self.at += 1;
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Kind::Object(pairs));
        }
        loop {
            self.space();
            let start = self.at;
            let key = self.string()?;
            let key = Value { range: start..self.at, kind: Kind::String(key) };
            self.space();
            if self.peek() != Some(b':') {
                return self.fail("no colon behind a key");
            }
            self.at += 1;
            pairs.push((key, self.value(depth + 1)?));
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return self.fail("neither comma nor end behind a member"),
            }
        }
        self.at += 1;
        Ok(Kind::Object(pairs))
    }

    fn array(&mut self, depth: usize) -> Result<Kind, FormatError> {
        let mut items = Vec::new();
        self.at += 1;
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Kind::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return self.fail("neither comma nor end behind an item"),
            }
        }
        self.at += 1;
        Ok(Kind::Array(items))
    }

    fn string(&mut self) -> Result<String, FormatError> {
        if self.peek() != Some(b'"') {
            return self.fail("no quote where a string must stand");
        }
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'\\') => self.at += 2,
                Some(b'"') => break,
                Some(_) => self.at += 1,
                None => return self.fail("a string without end"),
            }
        }
        self.at += 1;
        // The library decodes escapes; its error would quote the text.
        let literal = self.source.get(start..self.at).unwrap_or("");
        serde_json::from_str(literal).or_else(|_| self.fail("a string that is not well formed"))
    }

    fn literal(&mut self, kind: Kind) -> Result<Kind, FormatError> {
        let start = self.at;
        while matches!(
            self.peek(),
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'+' | b'.')
        ) {
            self.at += 1;
        }
        let literal = &self.source[start..self.at];
        if serde_json::from_str::<serde::de::IgnoredAny>(literal).is_err() {
            return self.fail("neither number, true, false nor null");
        }
        Ok(kind)
    }
}

/// A string with its quotes.
pub(super) fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_those_of_the_source() {
        let source = "{ \"a\\u00e9\": [1.50, \"x\"], \"a\": null } 2";
        let read = values(source).unwrap();
        assert_eq!(read.len(), 2);
        let Kind::Object(pairs) = &read[0].kind else { panic!("an object") };
        assert_eq!(pairs[0].0.as_str(), Some("aé"));
        let Kind::Array(items) = &pairs[0].1.kind else { panic!("an array") };
        assert_eq!(&source[items[0].range.clone()], "1.50");
        assert_eq!(&source[items[1].range.clone()], "\"x\"");
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in ["{", "{\"a\" 1}", "[1,]", "\"a", "\"\\x\"", "01", "nul", "[\"a\u{1}\"]"] {
            assert!(values(text).is_err(), "{text}");
        }
        assert!(values(&"[".repeat(100_000)).is_err());
    }
}
