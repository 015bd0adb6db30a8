//! Which file systems tell.

use std::io;
use std::path::Path;

/// Whether a file system tells all changes of its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Events {
    /// It does: every change goes through this kernel.
    Reliable,
    /// It tells what this machine changes at most: others may change files behind it. Its name, such as `nfs`.
    Unreliable(&'static str),
    /// Nobody asks on this platform.
    Unknown,
}

/// Whether the file system that this path lies on tells all changes.
///
/// Network file systems, FUSE and pseudo file systems don't. An overlay file system does, for changes that are made
/// through it; what is changed in its layers behind its back isn't told, and isn't allowed while it is mounted
/// (`Documentation/filesystems/overlayfs.rst` of Linux).
///
/// # Errors
///
/// When the path isn't there or may not be reached.
pub fn events(path: &Path) -> io::Result<Events> {
    #[cfg(target_os = "linux")]
    {
        let magic = rustix::fs::statfs(path)?.f_type;
        // The type of the field differs between architectures; the numbers have 32 bits.
        Ok(of_magic(magic as u32))
    }
    #[cfg(not(target_os = "linux"))]
    path.symlink_metadata().map(|_| Events::Unknown)
}

/// The numbers of `statfs(2)` and `linux/magic.h`.
#[cfg(any(target_os = "linux", test))]
fn of_magic(magic: u32) -> Events {
    Events::Unreliable(match magic {
        0x0000_6969 => "nfs",
        0x0000_517b => "smb",
        0xff53_4d42 => "cifs",
        0xfe53_4d42 => "smb2",
        0x0102_1997 => "9p",
        0x6573_5546 => "fuse",
        0x00c3_6400 => "ceph",
        0x5346_414f | 0x6b41_4653 => "afs",
        0x7375_7245 => "coda",
        0x0116_1970 => "gfs2",
        0x7461_636f => "ocfs2",
        0x0bd0_0bd0 => "lustre",
        0x4750_4653 => "gpfs",
        0x1983_0326 => "beegfs",
        0x2003_0528 => "orangefs",
        0x786f_4256 => "vboxsf",
        0xbacb_acbc => "vmhgfs",
        0x0000_9fa0 => "proc",
        0x6265_6572 => "sysfs",
        0x6462_6720 => "debugfs",
        0x7472_6163 => "tracefs",
        0x0027_e0eb | 0x6367_7270 => "cgroup",
        _ => return Events::Reliable,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(magic: u32, expected: Events) {
        assert_eq!(of_magic(magic), expected, "{magic:#x}");
    }

    #[test]
    fn file_systems_that_others_change_are_not_relied_upon() {
        check(0x6969, Events::Unreliable("nfs"));
        check(0xff53_4d42, Events::Unreliable("cifs"));
        check(0xfe53_4d42, Events::Unreliable("smb2"));
        check(0x0102_1997, Events::Unreliable("9p"));
        check(0x6573_5546, Events::Unreliable("fuse"));
        check(0x9fa0, Events::Unreliable("proc"));
    }

    #[test]
    fn local_file_systems_are() {
        check(0xef53, Events::Reliable); // ext4
        check(0x5846_5342, Events::Reliable); // xfs
        check(0x9123_683e, Events::Reliable); // btrfs
        check(0x0102_1994, Events::Reliable); // tmpfs
        check(0x794c_7630, Events::Reliable); // overlayfs
        check(0x2fc1_2fc1, Events::Reliable); // zfs
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_kernel_is_asked() {
        assert_eq!(events(Path::new("/proc/self")).unwrap(), Events::Unreliable("proc"));
        assert_eq!(events(Path::new("/nowhere")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
