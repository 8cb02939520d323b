//! Which model server, which model: flags, then environment, then git's configuration.

use crate::angles;
use crate::context::Context;
use crate::error::{Failure, Result, shell_word};
use crate::llm::{Address, Api, Client, Limits, Model};
use crate::settings::Settings;

/// How the server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ApiName {
    /// Ollama's own API.
    Ollama,
    /// OpenAI's chat completions, as llama.cpp, vLLM and LM Studio serve them.
    Openai,
}

const HEADING: &str = "Model server";

/// The flags that say where the model is.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
pub struct ServerArgs {
    /// Where it is, as OLLAMA_HOST [default: parallel.modelHost, OLLAMA_HOST, this machine]
    #[arg(long, value_name = "ADDRESS", help_heading = HEADING)]
    host: Option<String>,
    /// How it is spoken to [default: parallel.modelApi, ollama]
    #[arg(long, value_enum, value_name = "API", help_heading = HEADING)]
    api: Option<ApiName>,
    /// The model [default: parallel.model, the one with the most useful context]
    #[arg(long, value_name = "NAME", help_heading = HEADING)]
    pub model: Option<String>,
}

impl ServerArgs {
    /// Each flag by its name, with what was typed.
    pub fn typed(&self) -> [(&'static str, Option<String>); 3] {
        let api = self
            .api
            .and_then(|api| clap::ValueEnum::to_possible_value(&api));
        [
            ("host", self.host.clone()),
            ("api", api.map(|api| api.get_name().to_owned())),
            ("model", self.model.clone()),
        ]
    }

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
                    .next("git config parallel.modelHost http://127.0.0.1:8080")
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

    /// The model that is meant, of those that the server has.
    pub fn model(&self, client: &Client, settings: &Settings) -> Result<Model> {
        let wanted = self.model.as_ref().or(settings.model.as_ref());
        let models = angles::models(client)?;
        let picked = angles::pick_model(&models, wanted.map(String::as_str));
        let mut model = picked.map_err(|names| no_model(client, wanted, &names))?;
        angles::complete(client, &mut model)?;
        Ok(model)
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
        Failure::usage(format!(
            "the server's address '{host}' should be {expected}"
        ))
        .next("git config --show-origin --get-all parallel.modelHost")
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

fn no_model(client: &Client, wanted: Option<&String>, names: &[String]) -> Failure {
    let server = client.address();
    match (wanted, names) {
        (_, []) => Failure::unable(format!("the server at {server} has no model"))
            .next("ollama pull MODEL"),
        (None, _) => Failure::unable(format!(
            "no model at {server} answers in words: {}",
            names.join(", ")
        ))
        .next("ollama pull MODEL"),
        (Some(wanted), names) => Failure::usage(format!(
            "the server at {server} has no model '{wanted}', only {}",
            names.join(", ")
        ))
        .next(format!(
            "git config parallel.model {}",
            shell_word(&names[0])
        )),
    }
}
