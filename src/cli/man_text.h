// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

// What manual pages in man(7) macros are put together from.
namespace lvm::cli {

// Hyphens and backslashes as typed; a line may not start with a control character.
std::string escaped(std::string_view text);
// Running text: every sentence starts a line, as man(7) likes it.
std::string sentences(std::string_view text);
// Lines of running text are wrapped; requests, the tag after a .TP, and what stands between .nf and .fi stay whole.
std::string wrapped(std::string_view page);
std::string man_heading(std::string_view name, int section, std::string_view summary);
// "lvm(8) lvs(8)".
std::string see_also(std::string_view list);

}  // namespace lvm::cli
