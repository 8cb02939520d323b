//! A cluster of Slurm of one node, on ports of its own: real daemons, which end with the test, and
//! with the test's process whatever becomes of that.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::TestFolder;

/// No daemon takes longer to come up, and no job to get somewhere.
const LIMIT: Duration = Duration::from_secs(60);

/// The daemons, and the folder with all that they need.
pub struct Cluster {
    folder: TestFolder,
    /// In the order in which they were started.
    daemons: Vec<(&'static str, Child)>,
}

impl Cluster {
    /// Whether all of Slurm is here. Under `CI=true` it has to be.
    pub fn is_possible() -> bool {
        let programs = [
            "munged",
            "slurmctld",
            "slurmd",
            "sbatch",
            "squeue",
            "scancel",
        ];
        let missing = programs.iter().find(|program| where_is(program).is_none());
        let Some(missing) = missing else {
            return true;
        };
        let ci = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!ci, "{missing} of Slurm is not installed, and CI=true");
        eprintln!("skipped: {missing} of Slurm is not installed");
        false
    }

    /// A node with so many processors.
    pub fn start(processors: usize) -> Self {
        let mut cluster = Self {
            folder: TestFolder::new(),
            daemons: Vec::new(),
        };
        cluster.configure(processors);
        cluster.start_munge();
        cluster.start_controller();
        cluster.start_node();
        cluster.until("a node is idle", || {
            cluster.asks("sinfo", &["--noheader", "--format=%T"]) == "idle"
        });
        cluster
    }

    /// What programs find this cluster by.
    pub fn conf(&self) -> PathBuf {
        self.file("slurm.conf")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn configure(&self, processors: usize) {
        let root = self.folder.path().display();
        let host = output(Command::new("hostname").arg("-s"));
        let user = output(Command::new("id").arg("-un"));
        let [controller, node] = free_ports();
        for folder in ["state", "spool", "munge"] {
            fs::create_dir(self.file(folder)).expect("a folder");
        }
        let conf = format!(
            "ClusterName=test\nSlurmctldHost={host}(127.0.0.1)\nSlurmctldPort={controller}\n\
             SlurmdPort={node}\nCommunicationParameters=NoCtldInAddrAny,NoInAddrAny\nAuthInfo=socket={root}/munge/socket\nSlurmUser={user}\n\
             SlurmdUser={user}\nStateSaveLocation={root}/state\nSlurmdSpoolDir={root}/spool\n\
             SlurmctldPidFile={root}/slurmctld.pid\nSlurmdPidFile={root}/slurmd.pid\n\
             ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nReturnToService=2\n\
             SelectType=select/cons_tres\nSelectTypeParameters=CR_CPU\nMpiDefault=none\n\
             JobAcctGatherType=jobacct_gather/none\nSwitchType=switch/none\nKillWait=5\n\
             SchedulerParameters=batch_sched_delay=0,bf_interval=1\n\
             NodeName={host} NodeAddr=127.0.0.1 Port={node} CPUs={processors} State=UNKNOWN\n\
             PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP\n"
        );
        fs::write(self.conf(), conf).expect("a configuration");
        // Munge wants at least 32 bytes that nobody else can read.
        fs::write(self.file("munge.key"), [7; 64]).expect("a key");
        output(
            Command::new("chmod")
                .arg("0400")
                .arg(self.file("munge.key")),
        );
        output(Command::new("chmod").arg("0755").arg(self.file("munge")));
    }

    fn start_munge(&mut self) {
        let option = |name: &str, file: &str| format!("--{name}={}", self.file(file).display());
        let words = [
            "--foreground".to_owned(),
            // The folders of a test are anybody's.
            "--force".to_owned(),
            option("key-file", "munge.key"),
            option("socket", "munge/socket"),
            option("pid-file", "munge/pid"),
            option("log-file", "munge/log"),
            option("seed-file", "munge/seed"),
        ];
        self.daemon("munged", &words);
        self.until("munge listens", || self.file("munge/socket").exists());
    }

    /// Starts the controller, again if it was killed.
    pub fn start_controller(&mut self) {
        let conf = self.conf().display().to_string();
        self.daemon("slurmctld", &["-D".to_owned(), "-f".to_owned(), conf]);
        self.until("the controller answers", || {
            self.asks("scontrol", &["ping"]).contains("is UP")
        });
    }

    fn start_node(&mut self) {
        let conf = self.conf().display().to_string();
        self.daemon("slurmd", &["-D".to_owned(), "-f".to_owned(), conf]);
    }

    fn daemon(&mut self, name: &'static str, words: &[String]) {
        let log = fs::File::create(self.file(&format!("{name}.log"))).expect("a log");
        // Ends with the thread that started it, even when that is killed.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL"])
            .arg(where_is(name).expect("it is installed"))
            .args(words)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("a daemon");
        self.daemons.push((name, child));
    }

    /// `kill -9` of the controller.
    pub fn kill_controller(&mut self) {
        let at = self
            .daemons
            .iter()
            .position(|(name, _)| *name == "slurmctld");
        let (_, child) = self.daemons.remove(at.expect("a controller"));
        end(child);
    }

    /// What a program of Slurm says, without the final newline.
    pub fn asks(&self, program: &str, words: &[&str]) -> String {
        output(
            Command::new(program)
                .args(words)
                .env("SLURM_CONF", self.conf()),
        )
    }

    #[track_caller]
    fn until(&self, what: &str, is: impl Fn() -> bool) {
        let start = Instant::now();
        while !is() {
            assert!(start.elapsed() < LIMIT, "{what}: never; {}", self.told());
            sleep(Duration::from_millis(50));
        }
    }

    /// The last that the daemons said.
    fn told(&self) -> String {
        let logs = ["munged", "slurmctld", "slurmd"].map(|name| {
            let text = fs::read_to_string(self.file(&format!("{name}.log"))).unwrap_or_default();
            let mut last: Vec<&str> = text.lines().rev().take(5).collect();
            last.reverse();
            format!("{name}:\n{}\n", last.join("\n"))
        });
        logs.concat()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // A job's step outlives its daemons.
        let own = format!("--user={}", output(Command::new("id").arg("-un")));
        self.asks("scancel", &["--signal=KILL", "--full", &own]);
        for (_, child) in self.daemons.drain(..).rev() {
            end(child);
        }
    }
}

fn end(mut child: Child) {
    // It may have ended by itself, which is what is wanted.
    let _ = child.kill();
    let _ = child.wait();
}

fn output(command: &mut Command) -> String {
    let output = command.output().expect("an answer");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Daemons are not on everybody's PATH.
fn where_is(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([Path::new("/usr/sbin").to_owned()]);
    folders
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

/// Two ports of this machine that nobody uses now.
fn free_ports() -> [u16; 2] {
    let taken = [0, 0].map(|port| TcpListener::bind(("127.0.0.1", port)).expect("a port"));
    taken.map(|listener| listener.local_addr().expect("an address").port())
}
