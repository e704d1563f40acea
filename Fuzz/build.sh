#!/bin/sh
# Builds the fuzz targets: the rooms under libFuzzer and the address sanitizer, each file *Target.swift beside this script
# linked to a program of its own. Usage: Fuzz/build.sh FOLDER
set -eu
cd "$(dirname "$0")/.."
out=$1
mkdir -p "$out"

swift_flags="-O -swift-version 6 -package-name durbeen -parse-as-library -enable-testing -enable-upcoming-feature MemberImportVisibility
 -enable-upcoming-feature ExistentialAny -sanitize=address,fuzzer -I $out -I Sources/CICU/include -I Sources/CCrypto/include
 -Xcc -fmodule-map-file=Sources/CXML2/module.modulemap -Xcc -I/usr/include/libxml2
 -Xcc -fmodule-map-file=Sources/CStemmer/module.modulemap -Xcc -fmodule-map-file=Sources/CCurl/module.modulemap
 -Xcc -fmodule-map-file=Sources/CSQLite/module.modulemap -I Sources/CTOML/include"
for map in CICU CCrypto CTOML; do
    [ -e "Sources/$map/include/module.modulemap" ] && continue
    header=Sources/$map/include/$map.h
    printf 'module %s { header "%s/%s"\n export * }\n' "$map" "$PWD" "$header" > "$out/$map.modulemap"
    swift_flags="$swift_flags -Xcc -fmodule-map-file=$out/$map.modulemap"
done

for source in Sources/CICU/*.c Sources/CCrypto/*.c; do
    clang -std=c11 -O1 -g -fsanitize=address,fuzzer-no-link -I "$(dirname "$source")/include" -c "$source" \
        -o "$out/$(basename "$source" .c).c.o"
done
clang++ -std=c++17 -O1 -g -fsanitize=address,fuzzer-no-link -I Sources/CTOML/include -c Sources/CTOML/CTOML.cpp -o "$out/CTOML.c.o"
for module in FeedModel Transfers Parsing Matching Storage Digests Watching; do
    # shellcheck disable=SC2086 # flags are words
    swiftc $swift_flags -module-name $module -emit-module -emit-module-path "$out/$module.swiftmodule" \
        -c -wmo -o "$out/$module.o" $(find Sources/$module -name '*.swift' | sort)
done
for target in Fuzz/*Target.swift; do
    name=$(basename "$target" Target.swift)
    # shellcheck disable=SC2086
    swiftc $swift_flags -module-name "$name" "$target" Fuzz/Check.swift "$out"/*.o -o "$out/$name" \
        -use-ld=lld -lxml2 -licuuc -licui18n -licudata -lcrypto -lstemmer -lcurl -lsqlite3 -lstdc++
done
