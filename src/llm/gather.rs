//! Bytes of a stream in, one answer out: what a server sends, put together, within limits.

use super::Api;
use super::chat::{Part, Reply, Times};
use super::lines::Lines;
use super::trouble::Trouble;
use super::{ollama, openai};

/// Text of an answer at most, thoughts included.
const LONGEST_ANSWER: usize = 4 << 20;
/// Bytes on the wire at most: every word comes in a wrapping of its own.
const LONGEST_STREAM: usize = 64 << 20;

/// An answer on its way.
#[derive(Debug)]
pub struct Gathering {
    api: Api,
    lines: Lines,
    received: usize,
    gathered: Gathered,
}

#[derive(Debug, Default)]
struct Gathered {
    last: Part,
    thought: usize,
}

impl Gathering {
    pub fn new(api: Api) -> Self {
        Self {
            api,
            lines: Lines::default(),
            received: 0,
            gathered: Gathered::default(),
        }
    }

    /// Takes in what came; how many bytes of answer and thought there are so far.
    pub fn feed(&mut self, chunk: &[u8]) -> Result<usize, Trouble> {
        self.received += chunk.len();
        if self.received > LONGEST_STREAM {
            return Err(too_long(LONGEST_STREAM));
        }
        let (api, gathered) = (self.api, &mut self.gathered);
        self.lines.feed(chunk, |line| gathered.take(api, line))?;
        Ok(self.gathered.length())
    }

    /// The answer, once the stream is over; `seconds` is how long it took as seen from here.
    pub fn finish(mut self, seconds: f64) -> Result<Reply, Trouble> {
        let rest = self.lines.rest();
        self.gathered.take(self.api, &rest)?;
        let Part {
            text,
            ending,
            prompt_tokens,
            reply_tokens,
            busy,
            total,
            ..
        } = self.gathered.last;
        let ending = ending.ok_or_else(|| {
            Trouble::Broken("ended its answer without saying that it is done".to_owned())
        })?;
        Ok(Reply {
            content: text,
            ending,
            prompt_tokens,
            reply_tokens,
            times: Times {
                busy,
                total: total.unwrap_or(seconds),
            },
        })
    }
}

impl Gathered {
    fn take(&mut self, api: Api, line: &[u8]) -> Result<(), Trouble> {
        let part = match api {
            Api::Ollama => ollama::part(line)?,
            Api::Openai => openai::part(line)?,
        };
        let Some(part) = part else { return Ok(()) };
        let all = &mut self.last;
        all.text.push_str(&part.text);
        all.ending = part.ending.or(all.ending);
        all.prompt_tokens = part.prompt_tokens.or(all.prompt_tokens);
        all.reply_tokens = part.reply_tokens.or(all.reply_tokens);
        all.busy = part.busy.or(all.busy);
        all.total = part.total.or(all.total);
        self.thought += part.thought;
        match self.length() > LONGEST_ANSWER {
            true => Err(too_long(LONGEST_ANSWER)),
            false => Ok(()),
        }
    }

    fn length(&self) -> usize {
        self.last.text.len() + self.thought
    }
}

fn too_long(limit: usize) -> Trouble {
    Trouble::Limit(format!("answered more than {} MiB", limit >> 20))
}

/// What comes of a stream in these pieces: it must not matter how it is cut.
#[cfg(any(test, fuzzing))]
pub fn reply_to<'a>(api: Api, pieces: impl IntoIterator<Item = &'a [u8]>) -> Option<String> {
    let mut gathering = Gathering::new(api);
    for piece in pieces {
        gathering.feed(piece).ok()?;
    }
    let reply = gathering.finish(1.0).ok()?;
    Some(format!("{reply:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::Ending;
    use std::cell::Cell;

    use crate::fuzz::{self, Dice};

    fn gathered(api: Api, stream: &[u8], size: usize) -> Result<Reply, Trouble> {
        let mut gathering = Gathering::new(api);
        for chunk in stream.chunks(size) {
            gathering.feed(chunk)?;
        }
        gathering.finish(1.5)
    }

    const OLLAMA: &str = concat!(
        r#"{"message":{"role":"assistant","content":"","thinking":"hm"},"done":false}"#,
        "\n",
        r#"{"message":{"role":"assistant","content":"zw"},"done":false}"#,
        "\n",
        r#"{"message":{"role":"assistant","content":"ölf"},"done":false}"#,
        "\n",
        r#"{"message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":3000000000,"load_duration":500000000,"prompt_eval_count":27,"prompt_eval_duration":500000000,"eval_count":6,"eval_duration":1000000000}"#,
        "\n",
    );

    #[test]
    fn an_answer_is_the_same_however_it_is_cut() {
        for size in 1..OLLAMA.len() {
            let reply = gathered(Api::Ollama, OLLAMA.as_bytes(), size).unwrap();
            assert_eq!(reply.content, "zwölf");
            assert_eq!(reply.ending, Ending::Stop);
            assert_eq!(
                (reply.prompt_tokens, reply.reply_tokens),
                (Some(27), Some(6))
            );
            assert_eq!((reply.times.busy, reply.times.total), (Some(2.0), 3.0));
        }
    }

    #[test]
    fn an_answer_that_is_not_said_to_be_done_is_none() {
        for end in (0..OLLAMA.len() - 1).rev() {
            let cut = gathered(Api::Ollama, &OLLAMA.as_bytes()[..end], 7);
            // Without its line break the last line still counts, if it is whole.
            assert!(cut.is_err() || end == OLLAMA.len() - 1, "cut at {end}");
        }
        let given_up = OLLAMA.replace("\"done\":true", "\"done\":false");
        let trouble = gathered(Api::Ollama, given_up.as_bytes(), 64).unwrap_err();
        assert!(trouble.to_string().contains("done"), "{trouble}");
    }

    #[test]
    fn an_error_in_the_middle_of_an_answer_is_seen() {
        let stream =
            "{\"message\":{\"content\":\"y\"},\"done\":false}\n{\"error\":\"unexpected EOF\"}\n";
        let trouble = gathered(Api::Ollama, stream.as_bytes(), 5).unwrap_err();
        assert_eq!(trouble.to_string(), "broke off: unexpected EOF");
        let stream = "data: {\"error\":{\"message\":\"slot unavailable\"}}\n\n";
        let trouble = gathered(Api::Openai, stream.as_bytes(), 5).unwrap_err();
        assert_eq!(trouble.to_string(), "broke off: slot unavailable");
    }

    #[test]
    fn what_speaks_like_openai_is_understood() {
        let stream = concat!(
            "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"D\"},\"finish_reason\":null}]}\n\n",
            ": a comment\n",
            "data: {\"choices\":[{\"delta\":{\"content\":\"y\",\"reasoning_content\":\"hm\"}}]}\r\n\r\n",
            "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}]}\n\n",
            "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2},\"timings\":{\"prompt_ms\":250.0,\"predicted_ms\":750.0}}\n\n",
            "data: [DONE]\n\n",
        );
        for size in 1..stream.len() {
            let reply = gathered(Api::Openai, stream.as_bytes(), size).unwrap();
            assert_eq!(
                (reply.content.as_str(), reply.ending),
                ("Dy", Ending::Length)
            );
            assert_eq!(
                (reply.prompt_tokens, reply.reply_tokens),
                (Some(9), Some(2))
            );
            assert_eq!((reply.times.busy, reply.times.total), (Some(1.0), 1.5));
        }
    }

    #[test]
    fn an_answer_without_end_ends() {
        let line = format!(
            "{{\"message\":{{\"content\":\"{}\"}}}}\n",
            "x".repeat(1 << 17)
        );
        let mut gathering = Gathering::new(Api::Ollama);
        let fed = (0..100).find(|_| gathering.feed(line.as_bytes()).is_err());
        assert_eq!(fed, Some(LONGEST_ANSWER >> 17));
    }

    #[test]
    fn whatever_a_server_sends_pieces_make_no_difference() {
        let ollama = fuzz::files_of("fuzz/ollama");
        let openai = fuzz::files_of("fuzz/openai");
        for (api, corpus) in [(Api::Ollama, ollama), (Api::Openai, openai)] {
            let seed = Cell::new(0);
            fuzz::each(&corpus, |bytes| {
                seed.set(seed.get() + 1);
                let pieces = Dice::new(seed.get()).pieces(bytes);
                assert_eq!(reply_to(api, pieces), reply_to(api, [bytes]));
            });
        }
    }
}
