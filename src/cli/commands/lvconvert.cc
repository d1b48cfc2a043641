// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/convert/conversions.h"

namespace lvm::cli {

ExitStatus run_lvconvert(Session& session, const Arguments& arguments) {
  const convert::Conversion* conversion = convert::find_conversion(arguments.form_id());
  if (!conversion)
    return session.refuse(
        Error(Code::unsupported,
              fmt::format("lvconvert cannot do this yet: \"{}\" Nothing was changed.", arguments.form().about)));
  return conversion->run(session);
}

}  // namespace lvm::cli
