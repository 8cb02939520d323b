//! A language model small enough to be made on the spot: a llama of one layer that knows bytes. Its
//! weights are noise, but for a habit: which byte likes to follow which. Held to a JSON schema by the
//! server's grammar it says something of that form; by itself it babbles. What it says means nothing.

use std::fs;
use std::path::Path;

/// Unknown, begin and end, then a token for every byte.
const SPECIAL: usize = 3;
const END: usize = 2;
const TOKENS: usize = SPECIAL + 256;
/// One number for each token, and a few to make it a round one.
const WIDTH: usize = 272;
/// What little else there is: one head, and as much between the layers.
const INNER: usize = 16;
const ALIGNMENT: usize = 32;

/// What it says wherever it may say anything.
pub const WORD: &str = "compare";

/// What a model does with strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// Says its word in each, and closes it.
    Terse,
    /// Never comes to the end of one.
    Endless,
}

/// Writes such a model in the format GGUF, version 3.
pub fn write_model(path: &Path, habit: Habit) {
    let mut file = Gguf::default();
    file.text("general.architecture", "llama");
    for (key, value) in [
        ("context_length", 65_536),
        ("embedding_length", WIDTH as u32),
        ("block_count", 1),
        ("feed_forward_length", INNER as u32),
        ("attention.head_count", 1),
        ("attention.head_count_kv", 1),
        ("attention.key_length", INNER as u32),
        ("attention.value_length", INNER as u32),
        ("rope.dimension_count", INNER as u32),
        ("vocab_size", TOKENS as u32),
    ] {
        file.number(&format!("llama.{key}"), value);
    }
    file.real("llama.attention.layer_norm_rms_epsilon", 1e-5);
    file.vocabulary();
    let template =
        "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant:";
    file.text("tokenizer.chat_template", template);
    let mut noise = Noise(88_172_645_463_325_252);
    file.tensor("token_embd.weight", &[WIDTH, TOKENS], embedding());
    file.tensor("output.weight", &[WIDTH, TOKENS], output(habit, &mut noise));
    file.tensor("output_norm.weight", &[WIDTH], vec![1.0; WIDTH]);
    for norm in ["attn_norm", "ffn_norm"] {
        file.tensor(&format!("blk.0.{norm}.weight"), &[WIDTH], vec![1.0; WIDTH]);
    }
    for (name, rows, columns) in [
        ("attn_q", WIDTH, INNER),
        ("attn_k", WIDTH, INNER),
        ("attn_v", WIDTH, INNER),
        ("attn_output", INNER, WIDTH),
        ("ffn_gate", WIDTH, INNER),
        ("ffn_up", WIDTH, INNER),
        ("ffn_down", INNER, WIDTH),
    ] {
        let weights = (0..rows * columns).map(|_| noise.next(0.002));
        file.tensor(
            &format!("blk.0.{name}.weight"),
            &[rows, columns],
            weights.collect(),
        );
    }
    fs::write(path, file.bytes()).expect("a model");
}

/// Each token by itself.
fn embedding() -> Vec<f32> {
    let mut weights = vec![0.0; WIDTH * TOKENS];
    for token in 0..TOKENS {
        weights[token * WIDTH + token] = 1.0;
    }
    weights
}

/// How much each token likes to follow each other.
fn output(habit: Habit, noise: &mut Noise) -> Vec<f32> {
    let mut weights: Vec<f32> = (0..WIDTH * TOKENS).map(|_| noise.next(0.01)).collect();
    let mut follows = |before: u8, after: u8, liking: f32| {
        let (before, after) = (token(before), token(after));
        weights[after * WIDTH + before] = liking;
    };
    for before in 0..=255 {
        for blank in *b" \n\t\\" {
            follows(before, blank, -1.0);
        }
        // Digits end soon: a number is no longer than it has to be.
        if before.is_ascii_digit() {
            follows(before, b',', 1.0);
        }
    }
    let word = match habit {
        Habit::Terse => format!("\"{WORD}\""),
        Habit::Endless => format!("\"{WORD}{}", &WORD[..1]),
    };
    for text in [&word, "[{", "}]}", ":1"] {
        for pair in text.as_bytes().windows(2) {
            follows(pair[0], pair[1], 1.0);
        }
    }
    // A list is not empty, and where no form is asked for, a comma is the end.
    follows(b'[', b'"', 0.5);
    weights[END * WIDTH + token(b',')] = 0.5;
    weights
}

fn token(byte: u8) -> usize {
    SPECIAL + byte as usize
}

/// Numbers that look random, the same every time.
struct Noise(u64);

impl Noise {
    /// Between `-most` and `most`.
    fn next(&mut self, most: f32) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let unit = (self.0 >> 40) as f32 / (1_u64 << 24) as f32;
        (unit * 2.0 - 1.0) * most
    }
}

/// A file in the making.
#[derive(Default)]
struct Gguf {
    keys: u64,
    metadata: Vec<u8>,
    tensors: u64,
    directory: Vec<u8>,
    data: Vec<u8>,
}

impl Gguf {
    fn text(&mut self, key: &str, value: &str) {
        self.key(key, 8);
        string(&mut self.metadata, value.as_bytes());
    }

    fn number(&mut self, key: &str, value: u32) {
        self.key(key, 4);
        self.metadata.extend(value.to_le_bytes());
    }

    fn real(&mut self, key: &str, value: f32) {
        self.key(key, 6);
        self.metadata.extend(value.to_le_bytes());
    }

    /// A list of what takes so many bytes each, as they are.
    fn list(&mut self, key: &str, kind: u32, items: impl ExactSizeIterator<Item = Vec<u8>>) {
        self.key(key, 9);
        self.metadata.extend(kind.to_le_bytes());
        self.metadata.extend((items.len() as u64).to_le_bytes());
        items.for_each(|item| self.metadata.extend(item));
    }

    fn vocabulary(&mut self) {
        self.text("tokenizer.ggml.model", "llama");
        let names = (0..TOKENS).map(|token| {
            let name = match token {
                0 => "<unk>".to_owned(),
                1 => "<s>".to_owned(),
                2 => "</s>".to_owned(),
                byte => format!("<0x{:02X}>", byte - SPECIAL),
            };
            let mut bytes = Vec::new();
            string(&mut bytes, name.as_bytes());
            bytes
        });
        self.list("tokenizer.ggml.tokens", 8, names);
        let scores = (0..TOKENS).map(|_| 0.0_f32.to_le_bytes().to_vec());
        self.list("tokenizer.ggml.scores", 6, scores);
        // Unknown, control, byte.
        let kinds = (0..TOKENS).map(|token| {
            [2_i32, 3, 3]
                .get(token)
                .unwrap_or(&6)
                .to_le_bytes()
                .to_vec()
        });
        self.list("tokenizer.ggml.token_type", 5, kinds);
        self.number("tokenizer.ggml.unknown_token_id", 0);
        self.number("tokenizer.ggml.bos_token_id", 1);
        self.number("tokenizer.ggml.eos_token_id", 2);
        self.key("tokenizer.ggml.add_space_prefix", 7);
        self.metadata.push(0);
    }

    fn tensor(&mut self, name: &str, shape: &[usize], weights: Vec<f32>) {
        assert_eq!(weights.len(), shape.iter().product::<usize>(), "{name}");
        self.tensors += 1;
        string(&mut self.directory, name.as_bytes());
        self.directory.extend((shape.len() as u32).to_le_bytes());
        for length in shape {
            self.directory.extend((*length as u64).to_le_bytes());
        }
        self.directory.extend(0_u32.to_le_bytes());
        self.directory
            .extend((self.data.len() as u64).to_le_bytes());
        self.data
            .extend(weights.into_iter().flat_map(f32::to_le_bytes));
        self.data
            .resize(self.data.len().next_multiple_of(ALIGNMENT), 0);
    }

    fn key(&mut self, key: &str, kind: u32) {
        self.keys += 1;
        string(&mut self.metadata, key.as_bytes());
        self.metadata.extend(kind.to_le_bytes());
    }

    fn bytes(self) -> Vec<u8> {
        let mut bytes = b"GGUF\x03\0\0\0".to_vec();
        bytes.extend(self.tensors.to_le_bytes());
        bytes.extend(self.keys.to_le_bytes());
        bytes.extend(self.metadata);
        bytes.extend(self.directory);
        bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
        bytes.extend(self.data);
        bytes
    }
}

fn string(to: &mut Vec<u8>, text: &[u8]) {
    to.extend((text.len() as u64).to_le_bytes());
    to.extend(text);
}
