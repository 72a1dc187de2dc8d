//! `auterity chat`: a conversation in the terminal, over the same HTTP interface as the page.

mod api;
mod screen;
mod talk;

use std::io::IsTerminal;

use anyhow::{Context, bail};
use clap::Args;
use secrecy::SecretString;
use tokio::sync::mpsc;

use self::api::Api;
use self::screen::Screen;
use self::talk::Talk;
use crate::app::App;
use crate::config::Config;
use crate::model::{ConversationId, RunId};

/// Where to talk, and as whom.
#[derive(Debug, Args)]
pub struct ChatArguments {
    /// The server, such as `https://auterity.example`. Without it a sample dealership is made up for this conversation and
    /// forgotten afterwards, with the model of the settings: a quick look at a provider.
    #[arg(long)]
    url: Option<String>,
    /// Sign in with this e-mail address; the password is asked for, or read as the first line of a pipe.
    #[arg(long, requires = "url", conflicts_with = "token_file")]
    email: Option<String>,
    /// A file with an access token, instead of signing in.
    #[arg(long, requires = "url")]
    token_file: Option<std::path::PathBuf>,
    /// The conversation to go on with.
    #[arg(long, requires = "url")]
    conversation: Option<String>,
    /// Which user of the sample dealership talks.
    #[arg(long = "as", conflicts_with = "url", default_value = "maria@lakeside.example")]
    author: String,
}

/// Runs the command until the last line, `/quit` or Ctrl-C.
///
/// # Errors
/// When the server cannot be reached or refuses the sign-in.
pub async fn run(config: Config, arguments: ChatArguments) -> anyhow::Result<()> {
    match arguments.url.clone() {
        Some(url) => {
            let mut lines = Lines::read();
            let api = sign_in(&url, &arguments, &mut lines).await?;
            Box::pin(converse(api, arguments.conversation, lines)).await
        }
        None => Box::pin(on_the_spot(config, &arguments.author)).await,
    }
}

/// A server of its own, on a store that is thrown away.
async fn on_the_spot(mut config: Config, author: &str) -> anyhow::Result<()> {
    let folder = std::env::temp_dir().join(format!("auterity-chat-{}", RunId::generate()));
    config.data.dir.clone_from(&folder);
    config.data.database_url = String::new();
    let app = Box::pin(App::build(config, true)).await?;
    let found = app.state.db.find_credentials(author).await?;
    let user = found.context("the sample dealership has no such user")?.user;
    let token = app.state.auth.issue_for(&user).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let api = Api::new(&url, token.into())?;
    let talk = async {
        let ended = Box::pin(converse(api, None, Lines::read())).await;
        drop(stop);
        ended
    };
    let (served, ended) = tokio::join!(app.serve(listener, async move { drop(stopped.await) }), talk);
    served?;
    // nothing in it is wanted any more; a folder that stays behind does no harm
    drop(std::fs::remove_dir_all(&folder));
    ended
}

async fn sign_in(url: &str, arguments: &ChatArguments, lines: &mut Lines) -> anyhow::Result<Api> {
    if let Some(file) = &arguments.token_file {
        let token = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
        return Api::new(url, token.trim().to_owned().into());
    }
    let Some(email) = &arguments.email else { bail!("say who you are: --email, or --token-file") };
    let password = password(lines).await.context("no password was given")?;
    Api::sign_in(url, email, &password).await
}

/// The first line, unseen while it is typed.
async fn password(lines: &mut Lines) -> Option<SecretString> {
    let terminal = std::io::stdin().is_terminal();
    let echo = |on: &str| {
        if terminal {
            // without it the password shows; that is no reason to refuse
            drop(std::process::Command::new("stty").arg(on).status());
        }
    };
    if terminal {
        Screen::new().ask("Password: ");
    }
    echo("-echo");
    let line = lines.next().await;
    echo("echo");
    if terminal {
        Screen::new().line("");
    }
    line.map(SecretString::from)
}

/// Lines of standard input, read in a thread of their own: a terminal cannot be waited for otherwise.
struct Lines(mpsc::Receiver<String>);

impl Lines {
    fn read() -> Self {
        let (give, take) = mpsc::channel(16);
        std::thread::spawn(move || {
            for line in std::io::stdin().lines().map_while(Result::ok) {
                if give.blocking_send(line).is_err() {
                    return;
                }
            }
        });
        Self(take)
    }

    async fn next(&mut self) -> Option<String> {
        self.0.recv().await
    }
}

async fn converse(api: Api, conversation: Option<String>, mut lines: Lines) -> anyhow::Result<()> {
    let mut screen = Screen::new();
    let mut talk = match conversation {
        Some(id) => Talk::open(api, id, &mut screen).await?,
        None => Talk::new(api, ConversationId::generate().to_string()),
    };
    screen.greet(talk.conversation());
    loop {
        screen.prompt();
        let line = tokio::select! {
            line = lines.next() => line,
            _ = tokio::signal::ctrl_c() => None,
        };
        let Some(line) = line else { break };
        let said = match line.trim() {
            "" => continue,
            "/quit" | "/exit" => break,
            "/help" => {
                screen.line(HELP);
                continue;
            }
            "/new" => {
                talk.begin_anew(&mut screen);
                continue;
            }
            "/draft" => talk.show_draft(&mut screen),
            "/undo" => talk.step(&mut screen, "undo_revision").await,
            "/redo" => talk.step(&mut screen, "redo_revision").await,
            "/submit" => talk.submit(&mut screen).await,
            command if command.starts_with('/') => {
                screen.line(&format!("There is no command {command}. {HELP}"));
                continue;
            }
            text => talk.say(text, &mut screen).await,
        };
        if let Err(error) = said {
            screen.line(&format!("error: {error:#}"));
        }
    }
    screen.end();
    Ok(())
}

const HELP: &str = "Say what should happen by itself, or: /draft shows the draft, /undo and /redo go a step back and forward, \
    /submit sends it for approval, /new begins another conversation, /quit ends.";
