// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dm/types.h"

// Tables as the kernel and dmsetup write them: "START LENGTH TYPE PARAMS", a line per target.
namespace lvm::dm {

// The number of a device that a table names by dm UUID.
using ResolveDevice = std::function<Result<DeviceNumber>(std::string_view uuid)>;

// Decimal digits only; nullopt for anything else.
std::optional<std::uint64_t> parse_number(std::string_view text);
// "253:0"; nullopt for anything else.
std::optional<DeviceNumber> parse_device_number(std::string_view text);
std::string to_text(DeviceNumber device);

// `resolve` may be empty when no target names a device by dm UUID.
Result<std::string> format_params(const TargetBody& body, const ResolveDevice& resolve = {});
Result<TargetBody> parse_params(std::string_view type, std::string_view params);

// Without a line end.
Result<std::string> format_target(const Target& target, const ResolveDevice& resolve = {});
Result<Target> parse_target(std::string_view line);

// Lines joined by line ends. Empty lines and lines that begin with '#' are skipped when read; targets must
// follow each other without gaps from sector 0.
Result<std::string> format_table(const Table& table, const ResolveDevice& resolve = {});
Result<Table> parse_table(std::string_view text);

// The devices a target names, in the order of its text.
std::vector<DeviceRef> devices_of(const TargetBody& body);

// The number of a device; nullopt for one that is not there.
using NumberOf = std::function<std::optional<DeviceNumber>(const DeviceRef& device)>;
// Whether the kernel, which prints `live`, does what loading `wanted` would make it do. A kernel may print less than
// was loaded, more, or in another order.
bool same_target(const TargetBody& live, const TargetBody& wanted, const NumberOf& number_of);

// For people: a device known by dm UUID only is shown as "<UUID>". Never fails.
std::string describe_target(const Target& target);

}  // namespace lvm::dm
