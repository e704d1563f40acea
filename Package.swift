// swift-tools-version: 6.2
import PackageDescription

// The edges below are the architecture (docs/architecture.md): rooms never import each other, only FeedModel and the C
// libraries they own. `make` builds with --explicit-target-dependency-import-check error, so an import that is not
// stated here does not compile.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
]

/// A room: a library target with the settings every Swift target shares.
func room(_ name: String, uses dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func program(
    _ name: String, uses dependencies: [Target.Dependency], path: String? = nil, exclude: [String] = []
) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: path, exclude: exclude, swiftSettings: strict)
}

func tests(_ name: String, uses dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["TestSupport", "FeedModel"], swiftSettings: strict)
}

let package = Package(
    name: "durbeen",
    products: [
        .executable(name: "durbeen", targets: ["durbeen"]),
        .executable(name: "durbeen-bench", targets: ["durbeen-bench"]),
        .executable(name: "sample-feeds", targets: ["sample-feeds"]),
        // Not linked by anything: end-to-end tests preload it into the program to make calls fail.
        .library(name: "CFaults", type: .dynamic, targets: ["CFaults"]),
    ],
    targets: [
        // C is met in thin targets, one owner each.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CStemmer", providers: [.apt(["libstemmer-dev"])]),
        .target(
            name: "CICU",
            linkerSettings: [.linkedLibrary("icuuc"), .linkedLibrary("icui18n"), .linkedLibrary("icudata")]),
        .target(name: "CTOML"),
        .target(name: "CCrypto", linkerSettings: [.linkedLibrary("crypto")]),

        // The rooms.
        room("FeedModel", uses: []),
        room("Transfers", uses: ["FeedModel", "CCurl", "CCrypto"]),
        room("Parsing", uses: ["FeedModel", "CXML2", "CICU", "CCrypto"]),
        room("Matching", uses: ["FeedModel", "CICU", "CStemmer"]),
        room("Storage", uses: ["FeedModel", "CSQLite"]),
        room("Digests", uses: ["FeedModel", "CICU", "CCrypto"]),
        room(
            "Watching",
            uses: ["FeedModel", "Transfers", "Parsing", "Matching", "Storage", "Digests", "CTOML", "CICU", "CCrypto"]),

        // The programs.
        program("durbeen", uses: ["Watching", "FeedModel"]),
        program("sample-feeds", uses: ["LoopbackServer", "FeedModel"]),
        program(
            "durbeen-bench", uses: ["FeedModel", "Parsing", "Matching", "Watching"], path: "Benchmarks",
            exclude: ["check_deliver.py", "check_match.py", "check_poll.py", "check_ratios.py", "thresholds.json"]),

        program("hostile-feeds", uses: ["TestSupport", "LoopbackServer"], path: "Tests/HostileFeeds"),

        // Servers on loopback, for the demo and the tests; never part of durbeen itself.
        room("LoopbackServer", uses: []),
        .target(name: "CFaults", path: "Tests/CFaults"),
        .target(
            name: "CTestTLS", path: "Tests/CTestTLS",
            linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        .target(
            name: "TestSupport", dependencies: ["FeedModel", "LoopbackServer", "CTestTLS"], path: "Tests/TestSupport",
            swiftSettings: strict),
        tests("FeedModelTests", uses: []),
        tests("TransfersTests", uses: ["Transfers", "LoopbackServer"]),
        tests("ParsingTests", uses: ["Parsing", "CXML2"]),
        tests("MatchingTests", uses: ["Matching"]),
        tests("StorageTests", uses: ["Storage", "CSQLite"]),
        tests("DigestsTests", uses: ["Digests"]),
        program(
            "story-eval", uses: ["FeedModel", "Digests"], path: "Tests/StoryEval", exclude: ["entries.py", "pairs.tsv"]),
        tests("WatchingTests", uses: ["Watching", "Transfers", "Storage", "Matching", "Digests", "LoopbackServer"]),
        tests("CommandTests", uses: ["durbeen", "Watching", "Storage", "LoopbackServer"]),
        tests("EndToEndTests", uses: ["LoopbackServer"]),
    ],
    cLanguageStandard: .c11,
    cxxLanguageStandard: .cxx17
)
