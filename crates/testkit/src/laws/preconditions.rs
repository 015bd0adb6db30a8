//! The preconditions, beside the steps of RFC 9110 section 13.2.2 written down one by one.

use std::time::SystemTime;

use arbitrary::{Arbitrary, Unstructured};
use catzilla_http_conditional::{
    EntityTag, HttpDate, Method, Outcome, RangeLimits, Validators, decide,
};

const LEN: u64 = 1000;

/// A request gets what the steps of the RFC come to, whatever fields it has at once.
///
/// # Panics
///
/// When it gets something else.
pub fn check(data: &[u8]) {
    // Whatever an input is too short for, the next one has.
    let Ok(case) = Case::arbitrary(&mut Unstructured::new(data)) else {
        return;
    };
    let validators = Validators {
        etag: case.current.etag.map(Tag::to_entity_tag),
        last_modified: case.current.last_modified.map(Moment::date),
    };
    let now = SystemTime::from(case.now.date());
    let limits = case.ranges.then_some(&RangeLimits::DEFAULT);
    let fields = case.fields();
    let outcome = decide(case.method(), fields.as_slice(), &validators, LEN, now, limits);
    assert_eq!(kind(&outcome), case.expected(), "{case:?} as {fields:?}");
}

/// What happens, whatever the bytes.
#[derive(Debug, PartialEq)]
enum Kind {
    Full,
    NotModified,
    PreconditionFailed,
    Part,
    RangeNotSatisfiable,
}

fn kind(outcome: &Outcome) -> Kind {
    match outcome {
        Outcome::Full => Kind::Full,
        Outcome::NotModified => Kind::NotModified,
        Outcome::PreconditionFailed => Kind::PreconditionFailed,
        Outcome::Range(_) | Outcome::Ranges(_) => Kind::Part,
        Outcome::RangeNotSatisfiable => Kind::RangeNotSatisfiable,
    }
}

#[derive(Arbitrary, Debug)]
struct Case {
    method: u8,
    current: Current,
    now: Moment,
    ranges: bool,
    if_match: Option<List>,
    if_none_match: Option<List>,
    if_modified_since: Option<Date>,
    if_unmodified_since: Option<Date>,
    if_range: Option<IfRange>,
    range: Option<Range>,
}

#[derive(Arbitrary, Debug)]
struct Current {
    etag: Option<Tag>,
    last_modified: Option<Moment>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Tag {
    weak: bool,
    name: bool,
}

/// One of eight seconds in a row.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Moment(u8);

#[derive(Arbitrary, Debug)]
enum List {
    Star,
    OneLine(Vec<Tag>),
    ManyLines(Tag, Vec<Tag>),
}

#[derive(Arbitrary, Debug)]
enum Date {
    At(Moment),
    Twice(Moment),
    Malformed,
}

#[derive(Arbitrary, Debug)]
enum IfRange {
    Tag(Tag),
    At(Moment),
    Twice(Tag),
    Malformed,
}

#[derive(Arbitrary, Debug)]
enum Range {
    Satisfiable,
    Unsatisfiable,
    Malformed,
    Twice,
}

impl Moment {
    fn second(self) -> i64 {
        784_111_770 + i64::from(self.0 % 8)
    }

    fn date(self) -> HttpDate {
        HttpDate::from_unix(self.second())
    }
}

impl Tag {
    fn opaque(self) -> &'static str {
        if self.name { "a" } else { "b" }
    }

    fn to_entity_tag(self) -> EntityTag {
        let new = if self.weak { EntityTag::weak } else { EntityTag::strong };
        new(self.opaque()).expect("an entity tag")
    }
}

/// The request, as it travels.
impl Case {
    fn method(&self) -> Method {
        [Method::Get, Method::Head, Method::Other][usize::from(self.method % 3)]
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = Vec::new();
        for (name, list) in [("If-Match", &self.if_match), ("If-None-Match", &self.if_none_match)] {
            let tag = |tag: &Tag| tag.to_entity_tag().to_string();
            match list {
                None => {}
                Some(List::Star) => fields.push((name, "*".to_owned())),
                Some(List::OneLine(tags)) => {
                    fields.push((name, tags.iter().map(tag).collect::<Vec<_>>().join(", ")));
                }
                Some(List::ManyLines(first, others)) => {
                    fields.push((name, tag(first)));
                    fields.extend(others.iter().map(|other| (name, tag(other))));
                }
            }
        }
        let dates = [
            ("If-Modified-Since", &self.if_modified_since),
            ("If-Unmodified-Since", &self.if_unmodified_since),
        ];
        for (name, date) in dates {
            match date {
                None => {}
                Some(Date::At(moment)) => fields.push((name, moment.date().to_string())),
                Some(Date::Twice(moment)) => {
                    fields.extend([
                        (name, moment.date().to_string()),
                        (name, moment.date().to_string()),
                    ]);
                }
                Some(Date::Malformed) => fields.push((name, "yesterday".to_owned())),
            }
        }
        match self.if_range {
            None => {}
            Some(IfRange::Tag(tag)) => fields.push(("If-Range", tag.to_entity_tag().to_string())),
            Some(IfRange::At(moment)) => fields.push(("If-Range", moment.date().to_string())),
            Some(IfRange::Twice(tag)) => {
                fields.extend([
                    ("If-Range", tag.to_entity_tag().to_string()),
                    ("If-Range", tag.to_entity_tag().to_string()),
                ]);
            }
            Some(IfRange::Malformed) => fields.push(("If-Range", "*".to_owned())),
        }
        let range: &[&str] = match self.range {
            None => &[],
            Some(Range::Satisfiable) => &["bytes=0-9"],
            Some(Range::Unsatisfiable) => &["bytes=1000-"],
            Some(Range::Malformed) => &["bytes=0-9,x"],
            Some(Range::Twice) => &["bytes=0-9", "bytes=0-9"],
        };
        fields.extend(range.iter().map(|&range| ("Range", range.to_owned())));
        fields
    }
}

/// The steps. Each condition is true, false, or `None`: not there, or to be ignored.
impl Case {
    fn expected(&self) -> Kind {
        let reads = self.method() != Method::Other;

        // 1 and 2
        let first =
            if self.if_match.is_some() { self.if_match() } else { self.if_unmodified_since() };
        if first == Some(false) {
            return Kind::PreconditionFailed;
        }
        // 3
        if self.if_none_match() == Some(false) {
            return if reads { Kind::NotModified } else { Kind::PreconditionFailed };
        }
        // 4
        if reads && self.if_none_match.is_none() && self.if_modified_since() == Some(false) {
            return Kind::NotModified;
        }
        // 5 and 6
        if self.method() == Method::Get && self.ranges && self.if_range() != Some(false) {
            match self.range {
                Some(Range::Satisfiable) => return Kind::Part,
                Some(Range::Unsatisfiable) => return Kind::RangeNotSatisfiable,
                Some(Range::Malformed | Range::Twice) | None => {}
            }
        }
        Kind::Full
    }

    fn if_match(&self) -> Option<bool> {
        let strong =
            |tag: &Tag, current: Tag| !tag.weak && !current.weak && tag.name == current.name;
        self.if_match.as_ref().map(|list| self.any(list, strong))
    }

    fn if_none_match(&self) -> Option<bool> {
        let weak = |tag: &Tag, current: Tag| tag.name == current.name;
        self.if_none_match.as_ref().map(|list| !self.any(list, weak))
    }

    fn any(&self, list: &List, matches: impl Fn(&Tag, Tag) -> bool) -> bool {
        let mut tags: Vec<&Tag> = Vec::new();
        match list {
            List::Star => return true,
            List::OneLine(all) => tags.extend(all),
            List::ManyLines(first, others) => {
                tags.push(first);
                tags.extend(others);
            }
        }
        self.current.etag.is_some_and(|current| tags.iter().any(|tag| matches(tag, current)))
    }

    fn if_modified_since(&self) -> Option<bool> {
        match (self.if_modified_since.as_ref()?, self.current.last_modified?) {
            (Date::At(since), modified) => Some(modified.second() > since.second()),
            _ => None,
        }
    }

    fn if_unmodified_since(&self) -> Option<bool> {
        match (self.if_unmodified_since.as_ref()?, self.current.last_modified?) {
            (Date::At(since), modified) => Some(modified.second() <= since.second()),
            _ => None,
        }
    }

    fn if_range(&self) -> Option<bool> {
        Some(match self.if_range.as_ref()? {
            IfRange::Tag(tag) => self
                .current
                .etag
                .is_some_and(|current| !tag.weak && !current.weak && tag.name == current.name),
            IfRange::At(moment) => self.current.last_modified.is_some_and(|modified| {
                moment.second() == modified.second() && self.now.second() > modified.second()
            }),
            IfRange::Twice(_) | IfRange::Malformed => false,
        })
    }
}
