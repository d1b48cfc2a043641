// SPDX-License-Identifier: LGPL-2.1-or-later
// Renders `lvs` of N volumes (default 10 000): run it under callgrind with and without volumes to count
// instructions for each of them.
#include <cstdio>
#include <cstdlib>

#include "report/small_world.h"

int main(int argc, char** argv) {
  using namespace lvm;
  using namespace lvm::report;
  const auto count = static_cast<std::uint64_t>(argc > 1 ? std::atoi(argv[1]) : 10'000);
  model::Vg vg = test::make_vg();
  vg.lvs.clear();
  vg.pvs[0].pe_count = Extents(count);
  for (std::uint64_t i = 0; i < count; ++i)
    vg.lvs.push_back(test::make_lv(fmt::format("volume{}", i), i, {vg.pvs[0].id, Extents(i)}, Extents(1)));
  world::World world = test::make_world(std::move(vg));
  for (const auto& lv : world.vgs[0].vg->lvs) test::activate(world, lv);
  std::puts("built");
  RenderRequest request;
  request.settings.format = argc > 2 ? *parse_format(argv[2]) : Format::basic;
  const char* columns = argc > 3 ? argv[3]
                                 : "lv_name,vg_name,lv_attr,lv_size,pool_lv,origin,data_percent,metadata_percent,"
                                   "move_pv,mirror_log,copy_percent,convert_lv";
  request.sections.push_back({Kind::lv, {columns}, {}, "", "", "vg_name,lv_name"});
  const auto output = render(world, request);
  std::printf("%zu bytes\n", output ? output->text.size() : 0);
  return output ? 0 : 1;
}
