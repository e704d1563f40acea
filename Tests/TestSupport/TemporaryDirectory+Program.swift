import Glibc

extension TemporaryDirectory {
    /// Writes a shell script in the folder that can be run at once. Returns its path.
    ///
    /// Another process writes it: what this one has open for writing, a program that some other test starts meanwhile holds open
    /// too, and a file that anybody may write to cannot be run ("Text file busy").
    @discardableResult
    public func writeProgram(_ script: String, to name: String) throws -> String {
        let file = path(name)
        let words = [
            "/bin/sh", "-c", "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$2\" && chmod 700 \"$2\"", "sh", script, file,
        ]
        var arguments = words.map { strdup($0) } + [nil]
        defer { for word in arguments { free(word) } }
        var process = pid_t()
        let code = posix_spawn(&process, words[0], nil, nil, &arguments, environ)
        guard code == 0 else { throw POSIXProblem(attempt: "writing \(file)", code: code) }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        guard status == 0 else { throw POSIXProblem(attempt: "writing \(file): status \(status)") }
        return file
    }
}
