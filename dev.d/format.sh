# SPDX-License-Identifier: LGPL-2.1-or-later
verb_format() {
    need tidy
    cd "$ROOT"
    git ls-files -z --cached --others --exclude-standard '*.cc' '*.h' | xargs -0 clang-format-19 -i
    say "formatted; git diff shows what changed"
}
