import Digests
import FeedModel
import Storage

/// Makes the frozen bytes of a digest once more and says where they come out different.
struct DigestReplay {
    let digest: Digest
    let record: DigestRecord
    let run: DigestRun

    struct Result: Equatable {
        var sink: SinkKind
        var recipient: String
        /// The file's ending.
        var file: String
        /// SHA-256 of the frozen bytes.
        var hash: String
        var isSame: Bool
    }

    func compare(_ deliveries: [Delivery]) -> [Result] {
        deliveries.flatMap { delivery in
            delivery.files.map { file in
                Result(
                    sink: delivery.sink, recipient: delivery.recipient, file: file.fileExtension,
                    hash: hexSHA256(file.bytes), isSame: again(file, of: delivery) == file.bytes)
            }
        }
    }

    private func again(_ file: FrozenFile, of delivery: Delivery) -> [UInt8] {
        let domain = run.configuration.mail.idDomain
        switch delivery.sink {
        case .mail, .maildir, .sendmail:
            // A reader that is gone had its bytes from the defaults as well as from anything.
            let known = run.configuration.profiles.first { $0.name == digest.key.profile }
            var profile = known ?? Configuration.Profile()
            profile.name = digest.key.profile
            profile.zone = digest.zone
            return run.mail(digest, to: delivery.recipient, for: profile, frozenAt: record.madeAt).bytes
        case .files, .webhook, .exec:
            let format = DigestFormat.allCases.first { $0.fileExtension == file.fileExtension } ?? .json
            return render(digest, as: format, domain: domain)
        }
    }
}
