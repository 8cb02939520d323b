//! Which server, which model: flags, then environment, then git's configuration.

use crate::context::Context;
use crate::error::{Failure, Result};
use crate::llm::{Address, Api, Client, Limits};
use crate::settings::Settings;

/// How the server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ApiName {
    /// Ollama's own API.
    Ollama,
    /// OpenAI's chat completions, as llama.cpp, vLLM and LM Studio serve them.
    Openai,
}

/// The flags that say where the model is.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Model server")]
pub struct ServerArgs {
    /// Where it is, as OLLAMA_HOST [default: parallel.modelHost, OLLAMA_HOST, this machine]
    #[arg(long, value_name = "ADDRESS")]
    host: Option<String>,
    /// How it is spoken to [default: parallel.modelApi, ollama]
    #[arg(long, value_enum, value_name = "API")]
    api: Option<ApiName>,
    /// The model [default: parallel.model, the one with the most useful context]
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,
}

impl ServerArgs {
    /// A client of the server that is meant.
    pub fn client(&self, context: &Context, settings: &Settings) -> Result<Client> {
        let api = match self.api {
            Some(api) => api,
            None => settings
                .model_api
                .as_deref()
                .map_or(Ok(ApiName::Ollama), named)?,
        };
        let host = self.host.clone().or_else(|| settings.model_host.clone());
        let variable = || {
            context
                .variable("OLLAMA_HOST")
                .map(|host| host.to_string_lossy().into_owned())
        };
        let host = match api {
            ApiName::Ollama => host.or_else(variable).unwrap_or_default(),
            ApiName::Openai => host.ok_or_else(|| {
                Failure::usage("--api openai needs the server's address")
                    .next("git parallel angles plan --api openai --host http://127.0.0.1:8080 . 'WHAT TO LOOK FOR'")
            })?,
        };
        client(context, settings, &host, api)
    }

    /// The same, for an analysis that has a server: it stays with that one unless another is named.
    pub fn client_for(
        &self,
        context: &Context,
        settings: &Settings,
        host: &str,
        api: &str,
    ) -> Result<Client> {
        let api = self.api.map_or_else(|| named(api), Ok)?;
        client(context, settings, self.host.as_deref().unwrap_or(host), api)
    }
}

fn named(api: &str) -> Result<ApiName> {
    match api {
        "ollama" => Ok(ApiName::Ollama),
        "openai" => Ok(ApiName::Openai),
        other => Err(
            Failure::usage(format!("'{other}' is no API: ollama or openai"))
                .next("git config --show-origin --get-all parallel.modelApi"),
        ),
    }
}

fn client(context: &Context, settings: &Settings, host: &str, api: ApiName) -> Result<Client> {
    let address = Address::parse(host).map_err(|expected| {
        Failure::usage(format!("the address '{host}' should be {expected}"))
            .next("git parallel angles plan --help")
    })?;
    let (key, api) = match api {
        ApiName::Ollama => ("OLLAMA_API_KEY", Api::Ollama),
        ApiName::Openai => ("OPENAI_API_KEY", Api::Openai),
    };
    let key = context
        .variable(key)
        .map(|key| key.to_string_lossy().into_owned());
    let limits = Limits {
        silence: settings.silence,
        whole: settings.timeout,
    };
    Client::new(address, api, key, limits)
        .map_err(|trouble| Failure::unable(format!("the server at {host} {trouble}")))
}
