import FeedModel
import Glibc

/// One run of another program, which is given something on its standard input: no shell, a fixed argv, none of this process's
/// files and next to nothing of its environment (S14, S16).
struct ProgramRun: Sendable {
    /// What is attempted, for messages: "mailing through /usr/sbin/sendmail".
    let what: String
    let path: String
    let arguments: [String]
    let input: [UInt8]
    let timeout: Duration
    /// What to do where there is no such program.
    let absenceAdvice: String

    /// Returns when the program took all of its input and ended well. Waits on a thread of its own, so the cooperative pool goes
    /// on.
    func finish() async throws(DeliveryError) {
        let failure: DeliveryError? = await withCheckedContinuation { continuation in
            // Resumed exactly once: by the thread when the run is over, or here if there can be no thread.
            OwnThread.start {
                continuation.resume(returning: run())
            } orElse: {
                continuation.resume(returning: .temporary("\(what): no thread could be started"))
            }
        }
        if let failure { throw failure }
    }

    /// Nil if the program took its input. Blocks; runs on a thread of its own, which may keep SIGPIPE blocked until it ends.
    private func run() -> DeliveryError? {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        var inputPipe: [Int32] = [-1, -1]
        var errorPipe: [Int32] = [-1, -1]
        guard openPipe(&inputPipe) else { return system(errno) }
        guard openPipe(&errorPipe) else {
            let number = errno
            for end in inputPipe { close(end) }
            return system(number)
        }
        var process = pid_t()
        let spawned = spawn(&process, input: inputPipe[0], errors: errorPipe[1])
        close(inputPipe[0])
        close(errorPipe[1])
        defer { close(errorPipe[0]) }
        guard spawned == 0 else {
            close(inputPipe[1])
            let advice = spawned == ENOENT ? "; \(absenceAdvice)" : ""
            return .temporary("starting \(visible(path)): \(String(cString: strerror(spawned)))\(advice)")
        }
        let deadline = ContinuousClock.now + timeout
        let (isSent, said) = talk(to: inputPipe[1], errors: errorPipe[0], until: deadline)
        guard let status = wait(for: process, until: deadline) else {
            kill(-process, SIGKILL)
            var ignored: Int32 = 0
            while waitpid(process, &ignored, 0) < 0, errno == EINTR {}
            let late = "\(what): no end after \(timeout)"
            return isSent ? .unknown(late + ", everything was handed over") : .temporary(late)
        }
        return judge(status, isSent: isSent, said: said)
    }

    private func system(_ number: Int32) -> DeliveryError {
        .temporary("\(what): \(String(cString: strerror(number)))")
    }

    /// pipe2 is hidden by the Glibc module, so another thread's spawn may see the ends for a moment; that only lets it live longer.
    private func openPipe(_ ends: inout [Int32]) -> Bool {
        guard pipe(&ends) == 0 else { return false }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return true
    }

    /// What this process has open, so that a mail system inherits no socket and no store. glibc's own closing of all is hidden too.
    private func openDescriptors() -> [Int32] {
        guard let stream = opendir("/proc/self/fd") else { return [] }
        defer { closedir(stream) }
        var found: [Int32] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let descriptor = Int32(name), descriptor != dirfd(stream) { found.append(descriptor) }
        }
        return found
    }

    private func spawn(_ process: inout pid_t, input: Int32, errors: Int32) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)
        for descriptor in openDescriptors() where descriptor > 2 {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Ignored and blocked signals are inherited; a mail system relies on SIGPIPE and SIGCHLD being as usual.
        var every = sigset_t()
        sigfillset(&every)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &every)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), nil]
        defer { for word in words + environment { free(word) } }
        return posix_spawn(&process, path, &actions, &attributes, &words, &environment)
    }

    /// Writes the message and reads what the program complains, until it closes its end or time is up.
    private func talk(to pipe: Int32, errors: Int32, until deadline: ContinuousClock.Instant) -> (Bool, String) {
        _ = fcntl(pipe, F_SETFL, O_NONBLOCK)
        var sent = 0
        var isOpen = true
        var said: [UInt8] = []
        var isListening = true
        var buffer = [UInt8](repeating: 0, count: 4096)
        while isOpen || isListening {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { break }
            var waits = [
                pollfd(fd: isOpen ? pipe : -1, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: isListening ? errors : -1, events: Int16(POLLIN), revents: 0),
            ]
            let milliseconds = Int32(clamping: left.components.seconds * 1000 + 1000)
            guard poll(&waits, 2, milliseconds) >= 0 || errno == EINTR else { break }
            if isOpen, waits[0].revents != 0 {
                let written = input.withUnsafeBytes { bytes in
                    write(pipe, bytes.baseAddress.map { $0 + sent }, bytes.count - sent)
                }
                if written > 0 { sent += written }
                let isBroken = written < 0 && errno != EAGAIN && errno != EINTR
                if sent == input.count || isBroken {
                    close(pipe)
                    isOpen = false
                }
            }
            if isListening, waits[1].revents != 0 {
                let got = read(errors, &buffer, buffer.count)
                if got > 0 { said += buffer.prefix(min(got, max(0, 500 - said.count))) }
                if got == 0 || (got < 0 && errno != EINTR) { isListening = false }
            }
        }
        if isOpen { close(pipe) }
        return (sent == input.count, cleaned(String(decoding: said, as: UTF8.self)))
    }

    private func wait(for process: pid_t, until deadline: ContinuousClock.Instant) -> Int32? {
        var status: Int32 = 0
        while true {
            let ended = waitpid(process, &status, WNOHANG)
            if ended == process { return status }
            if ended < 0, errno != EINTR { return 75 << 8 }
            guard ContinuousClock.now < deadline else { return nil }
            usleep(10_000)
        }
    }

    /// Exit codes as sysexits.h has them: what a second try cannot change is permanent, everything else may pass.
    private func judge(_ status: Int32, isSent: Bool, said: String) -> DeliveryError? {
        let words = said.isEmpty ? "" : ": " + said
        guard status & 0x7F == 0 else { return .temporary("\(what): ended by signal \(status & 0x7F)\(words)") }
        let code = status >> 8 & 0xFF
        switch code {
        case 0: return isSent ? nil : .temporary("\(what): ended before reading everything\(words)")
        // Usage, bad data, no such user, no such host, not permitted.
        case 67: return .refused("\(what): exit code \(code)\(words)")
        case 64, 65, 68, 77: return .permanent("\(what): exit code \(code)\(words)")
        default: return .temporary("\(what): exit code \(code)\(words)")
        }
    }
}
