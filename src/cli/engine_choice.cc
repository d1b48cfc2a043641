// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/engine_choice.h"

#include <fmt/format.h>

#include <cstdlib>
#include <system_error>

#include "base/run_directory.h"
#include "dm/absent_engine.h"
#include "dm/kernel/kernel_engine.h"
#include "dm/user/client_engine.h"

namespace lvm::cli {
namespace {

dm::KernelOptions kernel_options(const Arguments& arguments, const config::Config& config) {
  dm::KernelOptions out;
  const char* directory = std::getenv("DM_DEV_DIR");
  out.device_directory = directory != nullptr && *directory != '\0' ? directory : config.string("devices/dir");
  while (out.device_directory.size() > 1 && out.device_directory.ends_with('/')) out.device_directory.pop_back();
  out.udev.sync = config.flag("activation/udev_sync") && !arguments.has(Opt::noudevsync);
  out.udev.rules = config.flag("activation/udev_rules");
  out.udev.verify = config.flag("activation/verify_udev_operations");
  out.udev.disabled = std::getenv("DM_DISABLE_UDEV") != nullptr;
  if (const char* cookie = std::getenv("DM_UDEV_COOKIE"))
    if (unsigned long value = std::strtoul(cookie, nullptr, 0)) out.udev.cookie = static_cast<std::uint32_t>(value);
  return out;
}

EngineChoice absent(std::string_view reason) {
  return {"none", std::string(reason), std::make_unique<dm::AbsentEngine>(std::string(reason)), {}};
}

EngineChoice kernel(std::unique_ptr<dm::KernelEngine> engine, std::string why) {
  EngineChoice out{"kernel", std::move(why), std::move(engine), {}};
  out.engines.kernel = out.engine.get();
  return out;
}

}  // namespace

Result<EngineChoice> choose_user_engine(std::string why) {
  EngineChoice out{.name = "user", .why = std::move(why), .run_directory = TRY(run_directory())};
  out.launched = std::make_shared<bool>(false);
  auto launch = [run = out.run_directory, launched = out.launched]() -> Result<> {
    *launched = true;
    return dm::user::launch_daemon({TRY(own_program()), "engine", "serve"}, run);
  };
  auto engine = std::make_unique<dm::user::ClientEngine>(dm::user::ClientOptions{out.run_directory, launch});
  out.engines.user = engine.get();
  out.engine = std::move(engine);
  return out;
}

Result<EngineChoice> choose_engine(const Arguments& arguments, const config::Config& config, const Selection& selection,
                                   Clock& clock, Trace& trace) {
  std::string wanted(arguments.text(Opt::engine));
  std::string by = wanted.empty() ? "global/engine" : "--engine";
  if (wanted.empty()) wanted = config.string("global/engine");
  if (wanted != "auto" && wanted != "kernel" && wanted != "user")
    return fail(Code::usage, fmt::format("{} is \"{}\": auto, kernel or user is expected.", by, wanted));
  if (!config.flag("global/activation"))
    return absent("activation is switched off (global/activation, --driverloaded n)");
  auto driver = std::make_unique<dm::KernelEngine>(kernel_options(arguments, config), clock, trace);
  if (wanted == "kernel") return kernel(std::move(driver), fmt::format("{} says so", by));
  if (wanted == "user") return choose_user_engine(fmt::format("{} says so", by));
  if (selection.images)
    return choose_user_engine("image files are used, which the kernel's device-mapper cannot reach");
  const Needs& needs = arguments.command().needs;
  if (!needs.scan && !needs.engine) return kernel(std::move(driver), "not looked for");
  Result<> there = driver->available();
  if (there) return kernel(std::move(driver), "the kernel's device-mapper is there");
  return choose_user_engine(there.error().message());
}

}  // namespace lvm::cli
