// SPDX-License-Identifier: Apache-2.0
#include "program/syscall_groups.h"

#include <array>

namespace aipg::program {
namespace {

using enum CallLimit;

constexpr Call kMemory[] = {
    {"brk"},    {"mmap", not_executable}, {"mprotect", not_executable}, {"munmap"}, {"mremap"}, {"madvise"}, {"mlock"},
    {"munlock"}};
constexpr Call kThreads[] = {{"clone", threads},
                             {"exit"},
                             {"futex"},
                             {"gettid"},
                             {"restart_syscall"},
                             {"rseq"},
                             {"rt_sigaction"},
                             {"rt_sigprocmask"},
                             {"rt_sigreturn"},
                             {"sched_getaffinity"},
                             {"sched_yield"},
                             {"set_robust_list"},
                             {"tgkill", own_process}};
constexpr Call kTime[] = {{"clock_getres"}, {"clock_gettime"}, {"clock_nanosleep"},
                          {"gettimeofday"}, {"nanosleep"},     {"time"}};
constexpr Call kSelf[] = {{"exit_group"}, {"getegid"},   {"geteuid"},
                          {"getgid"},     {"getpid"},    {"getuid"},
                          {"getrandom"},  {"getrusage"}, {"prctl", thread_names},
                          {"sysinfo"},    {"uname"},     {"prlimit64", asking}};
constexpr Call kDescriptors[] = {
    {"close"},           {"epoll_create1"}, {"epoll_ctl"}, {"epoll_pwait"}, {"timerfd_create"},
    {"timerfd_settime"}, {"epoll_wait"},    {"eventfd2"},  {"fcntl"},       {"ioctl", descriptor_state},
    {"lseek"},           {"pipe2"},         {"poll"},      {"ppoll"},       {"read"},
    {"readv"},           {"write"},         {"writev"}};
constexpr Call kReading[] = {{"access"}, {"faccessat"}, {"fstat"},   {"getdents64"}, {"lstat"}, {"newfstatat"},
                             {"open"},   {"openat"},    {"pread64"}, {"stat"},       {"statx"}};
constexpr Call kWriting[] = {{"fchmod"},    {"fchown"},   {"fdatasync"}, {"fsync"},
                             {"ftruncate"}, {"pwrite64"}, {"unlink"},    {"unlinkat"}};
constexpr Call kStreams[] = {{"accept"},  {"accept4"}, {"getpeername"}, {"getsockname"}, {"getsockopt"}, {"recvfrom"},
                             {"recvmsg"}, {"sendmsg"}, {"sendto"},      {"setsockopt"},  {"shutdown"}};
constexpr Call kConnecting[] = {{"socket", unix_or_ip}, {"connect"}, {"sendmmsg"}};
// Somebody else's code, of which only the edges are known: it may do to itself what it likes.
constexpr Call kPrograms[] = {{"alarm"},
                              {"arch_prctl"},
                              {"chdir"},
                              {"clone", no_namespaces},
                              {"close_range"},
                              {"copy_file_range"},
                              {"dup"},
                              {"dup2"},
                              {"dup3"},
                              {"epoll_create"},
                              {"epoll_pwait2"},
                              {"eventfd"},
                              {"execve"},
                              {"execveat"},
                              {"faccessat2"},
                              {"fadvise64"},
                              {"fallocate"},
                              {"fchdir"},
                              {"flock"},
                              {"fork"},
                              {"fstatfs"},
                              {"futex_waitv"},
                              {"get_mempolicy"},
                              {"get_robust_list"},
                              {"getcpu"},
                              {"getcwd"},
                              {"getgroups"},
                              {"getitimer"},
                              {"getpgid"},
                              {"getpgrp"},
                              {"getppid"},
                              {"getpriority"},
                              {"getresgid"},
                              {"getresuid"},
                              {"getrlimit"},
                              {"getsid"},
                              {"inotify_add_watch"},
                              {"inotify_init1"},
                              {"inotify_rm_watch"},
                              {"ioctl"},
                              {"kill"},
                              {"link"},
                              {"linkat"},
                              {"mbind"},
                              {"membarrier"},
                              {"memfd_create"},
                              {"migrate_pages"},
                              {"mincore"},
                              {"mkdir"},
                              {"mkdirat"},
                              {"mlock2"},
                              {"mlockall"},
                              {"mmap"},
                              {"move_pages"},
                              {"mprotect"},
                              {"msync"},
                              {"munlockall"},
                              {"openat2"},
                              {"pidfd_open"},
                              {"pidfd_send_signal"},
                              {"pipe"},
                              {"pkey_alloc"},
                              {"pkey_free"},
                              {"pkey_mprotect"},
                              {"prctl"},
                              {"preadv"},
                              {"preadv2"},
                              {"prlimit64"},
                              {"pselect6"},
                              {"pwritev"},
                              {"pwritev2"},
                              {"readahead"},
                              {"readlink"},
                              {"readlinkat"},
                              {"recvmmsg"},
                              {"rename"},
                              {"renameat"},
                              {"renameat2"},
                              {"rmdir"},
                              {"rt_sigpending"},
                              {"rt_sigqueueinfo"},
                              {"rt_sigsuspend"},
                              {"rt_sigtimedwait"},
                              {"sched_get_priority_max"},
                              {"sched_get_priority_min"},
                              {"sched_getattr"},
                              {"sched_getparam"},
                              {"sched_getscheduler"},
                              {"sched_setaffinity"},
                              {"sched_setattr"},
                              {"sched_setparam"},
                              {"sched_setscheduler"},
                              {"select"},
                              {"sendfile"},
                              {"set_mempolicy"},
                              {"set_tid_address"},
                              {"setitimer"},
                              {"setpgid"},
                              {"setpriority"},
                              {"setrlimit"},
                              {"setsid"},
                              {"sigaltstack"},
                              {"signalfd4"},
                              {"socketpair", unix_pairs},
                              {"splice"},
                              {"statfs"},
                              {"symlink"},
                              {"symlinkat"},
                              {"sync_file_range"},
                              {"tee"},
                              {"tgkill"},
                              {"timer_create"},
                              {"timer_delete"},
                              {"timer_getoverrun"},
                              {"timer_gettime"},
                              {"timer_settime"},
                              {"timerfd_gettime"},
                              {"times"},
                              {"tkill"},
                              {"truncate"},
                              {"umask"},
                              {"utimensat"},
                              {"vfork"},
                              {"wait4"},
                              {"waitid"}};
constexpr Call kUnixListening[] = {{"socket", unix_streams}, {"bind"}, {"listen"}};
constexpr Call kSanitizing[] = {{"ptrace"}};
constexpr Call kTcpListening[] = {{"socket", tcp_streams}, {"bind"}, {"listen"}};

// In the order of SyscallGroup.
constexpr std::array kGroups = {
    GroupOfCalls{"memory", "of its own, which is never code", kMemory},
    GroupOfCalls{"threads", "and signals, of its own", kThreads},
    GroupOfCalls{"time", "asked for and waited for, never set", kTime},
    GroupOfCalls{"itself", "who and where it is, randomness, its end", kSelf},
    GroupOfCalls{"descriptors", "what is open, and waiting for it", kDescriptors},
    GroupOfCalls{"reading files", "where the rules below let it", kReading},
    GroupOfCalls{"writing files", "where the rules below let it", kWriting},
    GroupOfCalls{"streams", "connections that are there", kStreams},
    GroupOfCalls{"connecting", "and finding addresses by name", kConnecting},
    GroupOfCalls{"programs", "started and ended, with whatever code they bring", kPrograms},
    GroupOfCalls{"Unix listening", "for who connects by a file", kUnixListening},
    GroupOfCalls{"TCP listening", "for who connects by a port", kTcpListening},
    GroupOfCalls{"sanitizing", "in this build, which has a sanitizer", kSanitizing},
};

constexpr std::string_view kTracing[] = {
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp", "perf_event_open"};
constexpr std::string_view kKeyrings[] = {"add_key", "keyctl", "request_key"};
constexpr std::string_view kKernelCode[] = {"bpf",        "init_module",     "finit_module", "delete_module",
                                            "kexec_load", "kexec_file_load", "create_module"};
constexpr std::string_view kKernelPaths[] = {"userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register"};
constexpr std::string_view kMounts[] = {"mount",     "umount", "umount2",  "pivot_root", "chroot", "move_mount",
                                        "open_tree", "fsopen", "fsconfig", "fsmount",    "fspick", "mount_setattr"};
constexpr std::string_view kHandles[] = {"name_to_handle_at", "open_by_handle_at"};
constexpr std::string_view kNamespaces[] = {"unshare", "setns"};
constexpr std::string_view kExecutionDomains[] = {"personality", "modify_ldt"};
constexpr std::string_view kMachine[] = {"acct",         "adjtimex", "clock_adjtime", "clock_settime", "ioperm",
                                         "iopl",         "quotactl", "reboot",        "setdomainname", "sethostname",
                                         "settimeofday", "swapoff",  "swapon",        "syslog",        "vhangup"};

constexpr std::array kForbidden = {
    ForbiddenFamily{"tracing", kTracing},        ForbiddenFamily{"keyrings", kKeyrings},
    ForbiddenFamily{"kernel code", kKernelCode}, ForbiddenFamily{"faults and rings", kKernelPaths},
    ForbiddenFamily{"mounts", kMounts},          ForbiddenFamily{"file handles", kHandles},
    ForbiddenFamily{"namespaces", kNamespaces},  ForbiddenFamily{"execution domains", kExecutionDomains},
    ForbiddenFamily{"the machine", kMachine},
};

}  // namespace

const GroupOfCalls& syscall_group(SyscallGroup group) { return kGroups[static_cast<std::size_t>(group)]; }

std::string_view limit_text(CallLimit limit) {
  switch (limit) {
    case CallLimit::none:
      return "";
    case CallLimit::not_executable:
      return "never executable";
    case CallLimit::threads:
      return "threads only";
    case CallLimit::no_namespaces:
      return "in no namespace of its own";
    case CallLimit::own_process:
      return "itself only";
    case CallLimit::asking:
      return "asked, not set";
    case CallLimit::descriptor_state:
      return "FIONREAD and TCGETS";
    case CallLimit::thread_names:
      return "a thread's name";
    case CallLimit::unix_or_ip:
      return "Unix, IPv4 and IPv6";
    case CallLimit::unix_streams:
      return "Unix streams";
    case CallLimit::unix_pairs:
      return "Unix";
    case CallLimit::tcp_streams:
      return "TCP";
  }
  __builtin_unreachable();
}

std::span<const ForbiddenFamily> forbidden_families() { return kForbidden; }

}  // namespace aipg::program
