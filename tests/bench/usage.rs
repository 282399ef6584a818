//! What a process has used, as Linux tells it.

use std::time::Duration;

/// Clock ticks of `/proc/PID/stat` in a second: 100 on every Linux.
const TICKS: u64 = 100;

/// CPU time, of all threads, in the program and for it in the kernel.
pub(crate) fn cpu(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // The name in parentheses may hold anything.
    let (_, rest) = stat.rsplit_once(')').unwrap();
    let ticks = |at: usize| rest.split_whitespace().nth(at).unwrap().parse::<u64>().unwrap();
    Duration::from_millis((ticks(11) + ticks(12)) * 1000 / TICKS)
}

/// Resident memory in bytes.
pub(crate) fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}
