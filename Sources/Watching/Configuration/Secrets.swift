import Glibc

/// Why the secret in a file should not be used, or nil.
func secretProblem(_ path: String) -> String? {
    var facts = stat()
    guard stat(path, &facts) == 0 else { return "\(FileError.system(errno)); put the secret there" }
    guard facts.st_mode & S_IFMT == S_IFREG else { return "is not a file; name a file that holds the secret" }
    guard facts.st_mode & (S_IROTH | S_IWOTH) == 0 else { return "others may read or change it; run chmod 600 on it" }
    return nil
}

func isCredentialName(_ text: String) -> Bool {
    text != "." && text != ".." && text.utf8.count <= 255
        && text.utf8.allSatisfy { isAlphanumeric($0) || "._-".utf8.contains($0) }
}

extension ConfigurationReader {
    /// The absolute path of a file with a secret under `key`.
    func secretFile(_ key: String, in table: inout TableReader) -> String? {
        guard let (text, node) = table.text(key, example: "\"/etc/durbeen/password\"") else { return nil }
        let path = table.absolute(text)
        if checksFiles, let problem = secretProblem(path) { table.wrong(node, key, "\(path): \(problem)") }
        return path
    }

    /// A credential can be looked for only where systemd has put some.
    func checkCredential(_ name: String, _ node: TOMLNode, in table: TableReader) {
        guard checksFiles, let folder = environment["CREDENTIALS_DIRECTORY"], !folder.isEmpty else { return }
        if access(folder + "/" + name, R_OK) != 0 {
            table.wrong(
                node, "password_credential",
                "systemd gave no credential \"\(name)\"; write LoadCredential=\(name):FILE into the unit")
        }
    }

    /// The absolute path of a file under `key`.
    func existingFile(_ key: String, example: String, in table: inout TableReader) -> String? {
        guard let (text, node) = table.text(key, example: example) else { return nil }
        let path = table.absolute(text)
        if checksFiles, let problem = fileProblem(path) {
            table.wrong(node, key, "\(path): \(problem); name a file that is there, or take the line out")
        }
        return path
    }
}

/// Why a file cannot be read, or nil.
func fileProblem(_ path: String) -> String? {
    var facts = stat()
    guard stat(path, &facts) == 0, access(path, R_OK) == 0 else { return "\(FileError.system(errno))" }
    return facts.st_mode & S_IFMT == S_IFDIR ? "is a folder" : nil
}

/// Whether there is a program at `path` that may be run.
func isProgram(_ path: String) -> Bool { fileProblem(path) == nil && access(path, X_OK) == 0 }

/// Whether this machine knows a group of this name.
func isGroup(_ name: String) -> Bool {
    var entry = group()
    var found: UnsafeMutablePointer<group>?
    var room = [CChar](repeating: 0, count: 64 << 10)
    return getgrnam_r(name, &entry, &room, room.count, &found) == 0 && found != nil
}
