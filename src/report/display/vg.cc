// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "report/display/parts.h"

namespace lvm::report {
namespace {

using model::VgFlag;

class VgDisplay {
 public:
  VgDisplay(std::string& out, const Source& source, const DisplayRequest& request)
      : out_(out), source_(source), vg_(source.vg()), request_(request) {}

  void show(TimeFormat& time) {
    switch (request_.style) {
      case Style::brief: brief(); return;
      case Style::colons: colons(); return;
      case Style::full: break;
    }
    full();
    if (!request_.verbose) return;
    DisplayRequest plain = request_;
    plain.maps = false;
    for (const auto& lv : source_.lvs())
      if (lv.lv->visible() || request_.scope.all) append_lv_display(out_, source_, lv, plain, time);
    physical_volumes();
  }

 private:
  template <class... Arguments>
  void line(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    out_ += "  ";
    fmt::format_to(std::back_inserter(out_), text, std::forward<Arguments>(arguments)...);
    out_ += '\n';
  }

  std::string size(Extents extents) const { return request_.settings.units.long_text(vg_.size_of(extents)); }
  Extents used() const { return source_.extents() - source_.free(); }
  std::size_t present() const { return vg_.pvs.size() - source_.missing_pvs(); }

  void brief() {
    line("\"{}\" {:<9} [{:<9} used / {} free]", vg_.name, size(source_.extents()), size(used()), size(source_.free()));
  }

  void colons() {
    unsigned status = 0;
    if (vg_.flags.has(VgFlag::read)) status |= kStatusRead;
    if (vg_.flags.has(VgFlag::write)) status |= kStatusWrite;
    if (vg_.flags.has(VgFlag::resizeable)) status |= kStatusResizeable;
    if (vg_.exported()) status |= kStatusExported;
    line("{}:{}:{}:-1:{}:{}:{}:-1:{}:{}:{}:{}:{}:{}:{}:{}:{}", vg_.name, access("r/w", "r"), status, vg_.max_lv,
         source_.visible_lvs(), open_lvs(source_), vg_.max_pv, vg_.pvs.size(), present(),
         vg_.size_of(source_.extents()).n / 2, vg_.extent_size.n / 2, source_.extents().n, used().n, source_.free().n,
         vg_.id.dashed());
  }

  std::string_view access(std::string_view both, std::string_view read) const {
    return vg_.flags.has(VgFlag::write) ? both : read;
  }

  void full() {
    line("--- Volume group ---");
    line("VG Name               {}", vg_.name);
    line("System ID             {}", vg_.system_id);
    line("Format                lvm2");
    line("Metadata Areas        {}", source_.view()->area_count);
    line("Metadata Sequence No  {}", vg_.seqno);
    line("VG Access             {}", access("read/write", "read"));
    line("VG Status             {}{}resizable", vg_.exported() ? "exported/" : "",
         vg_.flags.has(VgFlag::resizeable) ? "" : "NOT ");
    line("MAX LV                {}", vg_.max_lv);
    line("Cur LV                {}", source_.visible_lvs());
    line("Open LV               {}", open_lvs(source_));
    line("Max PV                {}", vg_.max_pv);
    line("Cur PV                {}", vg_.pvs.size());
    line("Act PV                {}", present());
    line("VG Size               {}", size(source_.extents()));
    line("PE Size               {}", request_.settings.units.long_text(vg_.extent_size));
    line("Total PE              {}", source_.extents().n);
    line("Alloc PE / Size       {} / {}", used().n, size(used()));
    line("Free  PE / Size       {} / {}", source_.free().n, size(source_.free()));
    line("VG UUID               {}", vg_.id.dashed());
    out_ += kBlankLine;
  }

  void physical_volumes() {
    line("--- Physical volumes ---");
    for (const auto& pv : source_.pvs()) {
      line("PV Name               {}     ", source_.path_of(pv));
      line("PV UUID               {}", pv.pv->id.dashed());
      line("PV Status             {}allocatable", allocatable(pv) ? "" : "NOT ");
      line("Total PE / Free PE    {} / {}", pv.pv->pe_count.n,
           (pv.pv->pe_count - std::min(pv.pv->pe_count, source_.allocated(pv))).n);
      out_ += kBlankLine;
    }
  }

  std::string& out_;
  const Source& source_;
  const model::Vg& vg_;
  const DisplayRequest& request_;
};

}  // namespace

std::string display_vgs(const world::World& world, const DisplayRequest& request) {
  std::string out;
  TimeFormat time(request.settings.time_format);
  const Common common{&world, &request.settings};
  for (const auto& source : sources(common, request.scope, Kind::vg)) VgDisplay(out, *source, request).show(time);
  return out;
}

}  // namespace lvm::report
