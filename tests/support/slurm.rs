//! A cluster of Slurm on this machine, on ports of its own: real daemons, and nodes that each test
//! has for itself. A keeper ends it with the test's process, whatever becomes of that.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::TestFolder;

/// No daemon takes longer to come up, and no job to get somewhere.
const LIMIT: Duration = Duration::from_secs(60);

/// Of the cluster that tests share.
const NODES: [&str; 6] = ["n1", "n2", "n3", "n4", "n5", "n6"];

/// By which what works with a cluster is known: its folder. Daemons and their steps, which write over
/// their environment, stand in it.
const MARK: &str = "GIT_PARALLEL_TEST_CLUSTER";

/// Once the pipe that is its standard input closes, which it does with whoever holds the other end:
/// ends everything that stands in this folder or bears its mark, and removes it. A job's step outlives
/// its daemon, and a detached supervisor its test; who clears up behind a suite that failed may have
/// removed the folder before.
const KEEPER: &str = r#"
cat > /dev/null
for round in 1 2 3 4 5 6 7 8 9 10; do
    left=
    for process in /proc/[0-9]*; do
        stands=$(readlink "$process/cwd" 2> /dev/null)
        if [ "${stands% (deleted)}" = "$1" ] ||
            grep -qzxF "GIT_PARALLEL_TEST_CLUSTER=$1" "$process/environ" 2> /dev/null; then
            kill -KILL "${process#/proc/}" 2> /dev/null && left=1
        fi
    done
    [ "$left" ] || break
    sleep 0.1
done
rm -rf "$1"
"#;

/// The daemons, and the folder with all that they need.
pub struct Cluster {
    folder: TestFolder,
    keeper: Child,
    /// By name, in the order in which they were started.
    daemons: Mutex<Vec<(String, Child)>>,
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

    /// A cluster of one node, to do with as a test likes.
    pub fn start() -> Self {
        Self::of(&NODES[..1])
    }

    fn of(nodes: &[&str]) -> Self {
        let folder = TestFolder::new();
        let keeper = keeper(folder.path());
        let cluster = Self {
            folder,
            keeper,
            daemons: Mutex::default(),
        };
        cluster.configure(nodes);
        cluster.start_munge();
        cluster.start_controller();
        for node in nodes {
            cluster.start_node(node);
        }
        for node in nodes {
            cluster.until_idle(node);
        }
        cluster
    }

    /// What programs find this cluster by.
    fn conf(&self) -> PathBuf {
        self.file("slurm.conf")
    }

    /// What a program of the tests needs to work with this cluster, and to end with it.
    pub fn variables(&self) -> [(&'static str, PathBuf); 2] {
        [
            ("SLURM_CONF", self.conf()),
            (MARK, self.folder.path().to_owned()),
        ]
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Every node is a partition of its own, and all are one that goes first.
    fn configure(&self, nodes: &[&str]) {
        let root = self.folder.path().display();
        let host = output(Command::new("hostname").arg("-s"));
        let user = output(Command::new("id").arg("-un"));
        let [controller, ports @ ..] = free_ports::<{ NODES.len() + 1 }>();
        for folder in ["state", "munge"] {
            fs::create_dir(self.file(folder)).expect("a folder");
        }
        let mut conf = format!(
            "ClusterName=test\nSlurmctldHost={host}(127.0.0.1)\nSlurmctldPort={controller}\n\
             CommunicationParameters=NoCtldInAddrAny,NoInAddrAny\nAuthInfo=socket={root}/munge/socket\n\
             SlurmUser={user}\nSlurmdUser={user}\nStateSaveLocation={root}/state\n\
             SlurmdSpoolDir={root}/spool-%n\nSlurmctldPidFile={root}/slurmctld.pid\n\
             SlurmdPidFile={root}/slurmd-%n.pid\nSlurmdParameters=config_overrides\n\
             ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nReturnToService=2\n\
             SelectType=select/cons_tres\nSelectTypeParameters=CR_CPU_Memory\nDefMemPerCPU=200\n\
             MpiDefault=none\nSwitchType=switch/none\nKillWait=5\n\
             JobAcctGatherType=jobacct_gather/linux\nJobAcctGatherFrequency=task=1\n\
             JobAcctGatherParams=OverMemoryKill\n\
             PreemptType=preempt/partition_prio\nPreemptMode=CANCEL\n\
             SchedulerParameters=batch_sched_delay=0,bf_interval=1\n"
        );
        for (node, port) in nodes.iter().zip(ports) {
            fs::create_dir(self.file(&format!("spool-{node}"))).expect("a folder");
            conf.push_str(&format!(
                "NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=4 \
                 RealMemory=4000 State=UNKNOWN\n\
                 PartitionName={node} Nodes={node} PriorityTier=1 MaxTime=INFINITE State=UP\n"
            ));
        }
        let all = nodes.join(",");
        conf.push_str(&format!(
            "PartitionName=urgent Nodes={all} PriorityTier=9 MaxTime=INFINITE State=UP\n"
        ));
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

    fn start_munge(&self) {
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
        self.daemon("munged", "munged", &words);
        self.until("munge listens", || self.file("munge/socket").exists());
    }

    /// Starts the controller, again if it was killed.
    pub fn start_controller(&self) {
        self.daemon("slurmctld", "slurmctld", &["-D".to_owned()]);
        self.until("the controller answers", || {
            self.asks("scontrol", &["ping"]).contains("is UP")
        });
    }

    /// Starts a node, again if it was killed.
    pub fn start_node(&self, node: &str) {
        let words = ["-D", "-N", node].map(str::to_owned);
        self.daemon(node, "slurmd", &words);
    }

    fn daemon(&self, name: &str, program: &str, words: &[String]) {
        let log = fs::File::create(self.file(&format!("{name}.log"))).expect("a log");
        let child = Command::new(where_is(program).expect("it is installed"))
            .args(words)
            .env("SLURM_CONF", self.conf())
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("a daemon");
        let mut daemons = self.daemons.lock().unwrap_or_else(PoisonError::into_inner);
        daemons.push((name.to_owned(), child));
    }

    /// `kill -9` of a daemon: `slurmctld`, or a node's by the node's name.
    pub fn kill(&self, daemon: &str) {
        let mut daemons = self.daemons.lock().unwrap_or_else(PoisonError::into_inner);
        let at = daemons.iter().position(|(name, _)| name == daemon);
        let (_, mut child) = daemons.remove(at.expect("it was started"));
        child.kill().expect("it is killed");
        child.wait().expect("it is gone");
    }

    /// The processes that hold jobs on this cluster's nodes.
    pub fn steps(&self) -> Vec<String> {
        let holds = |pid: &String| {
            let process = Path::new("/proc").join(pid);
            let title = fs::read(process.join("cmdline")).unwrap_or_default();
            let stands = fs::read_link(process.join("cwd"));
            title.starts_with(b"slurmstepd") && stands.is_ok_and(|at| at == self.folder.path())
        };
        let entries = fs::read_dir("/proc").expect("/proc").flatten();
        let pids = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        pids.filter(holds).collect()
    }

    /// What a program of Slurm says, without the final newline.
    pub fn asks(&self, program: &str, words: &[&str]) -> String {
        output(
            Command::new(program)
                .args(words)
                .env("SLURM_CONF", self.conf()),
        )
    }

    /// Waits until a node could be used, as somebody who looks after it would see to it.
    fn until_idle(&self, node: &str) {
        let name = format!("nodename={node}");
        self.until("a node is idle", || {
            let state = self.asks("sinfo", &["--noheader", "--format=%T", "-p", node]);
            if state.starts_with("drain") || state.starts_with("down") {
                self.asks("scontrol", &["update", &name, "state=resume"]);
            }
            state == "idle"
        });
    }

    /// Opens a node that was closed.
    pub fn open(&self, node: &str) {
        let name = format!("nodename={node}");
        self.asks("scontrol", &["update", &name, "state=resume"]);
    }

    /// Waits until it is so.
    #[track_caller]
    pub fn until(&self, what: &str, is: impl Fn() -> bool) {
        let start = Instant::now();
        while !is() {
            assert!(start.elapsed() < LIMIT, "{what}: never; {}", self.told());
            sleep(Duration::from_millis(50));
        }
    }

    /// The last that the daemons said.
    fn told(&self) -> String {
        let daemons = self.daemons.lock().unwrap_or_else(PoisonError::into_inner);
        let logs = daemons.iter().map(|(name, _)| {
            let text = fs::read_to_string(self.file(&format!("{name}.log"))).unwrap_or_default();
            let mut last: Vec<&str> = text.lines().rev().take(5).collect();
            last.reverse();
            format!("{name}:\n{}\n", last.join("\n"))
        });
        logs.collect()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // It begins when nobody holds its pipe any more.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
        let mut daemons = self.daemons.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, mut child) in daemons.drain(..) {
            let _ = child.wait();
        }
    }
}

/// A node of the cluster that all tests share, which nobody else uses meanwhile.
pub struct Node {
    pub name: &'static str,
}

/// The nodes that nobody uses.
static FREE: Mutex<Vec<&str>> = Mutex::new(Vec::new());
static FREED: Condvar = Condvar::new();
/// It ends with the process, by its keeper.
static SHARED: OnceLock<Cluster> = OnceLock::new();

impl Node {
    /// Waits for a node that is free.
    pub fn take() -> Self {
        SHARED.get_or_init(|| {
            let cluster = Cluster::of(&NODES);
            FREE.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend(NODES);
            cluster
        });
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        let name = loop {
            match free.pop() {
                Some(name) => break name,
                None => free = FREED.wait(free).unwrap_or_else(PoisonError::into_inner),
            }
        };
        drop(free);
        let node = Self { name };
        node.cluster().until_idle(name);
        node
    }

    /// The cluster that it belongs to.
    pub fn cluster(&self) -> &'static Cluster {
        SHARED.get().expect("it was started")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let cluster = self.cluster();
        let own = format!("--partition={}", self.name);
        cluster.asks("scancel", &["--signal=KILL", "--full", &own]);
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        free.push(self.name);
        FREED.notify_one();
    }
}

/// Ends what works in a cluster's folder once we are gone. In a group of its own, where Ctrl-C does
/// not reach it.
fn keeper(folder: &Path) -> Child {
    use std::os::unix::process::CommandExt;
    Command::new("sh")
        .args(["-c", KEEPER, "keeper"])
        .arg(folder)
        .env_remove(MARK)
        .stdin(Stdio::piped())
        .process_group(0)
        .spawn()
        .expect("a keeper")
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

/// Ports of this machine that nobody uses now.
fn free_ports<const MANY: usize>() -> [u16; MANY] {
    let taken = [0; MANY].map(|port| TcpListener::bind(("127.0.0.1", port)).expect("a port"));
    taken.map(|listener| listener.local_addr().expect("an address").port())
}
