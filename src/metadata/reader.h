// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "metadata/keys.h"
#include "metadata/text.h"
#include "metadata/words.h"
#include "model/index.h"
#include "segment/kind.h"
#include "syntax/document.h"

namespace lvm::metadata {

// Builds a VG from a parsed text, in one pass over its nodes. A kind that refers to LVs by name causes one
// more look at the names and ids of all LVs.
class Reader : private segment::Names {
 public:
  explicit Reader(const syntax::Document& document) : document_(document) {}

  Result<ReadText> run();

 private:
  using Node = syntax::Node;

  Result<> read_top();
  Result<> read_vg(const Node& section);
  Result<> read_vg_key(VgKey key, const Node& node);
  Result<> read_pvs(const Node& section);
  Result<> read_pv(const Node& section, model::Pv& pv);
  Result<> read_lvs(const Node& section);
  Result<> read_lv(const Node& section, model::Lv& lv);
  Result<> read_lv_key(LvKey key, const Node& node, model::Lv& lv, std::optional<std::uint64_t>& segment_count);
  Result<> read_words(const Node& node, WordList list, model::Lv& lv);
  Result<> read_segments(const Node& section, Node first, std::uint64_t count, model::Lv& lv);
  Result<> read_segment(const Node& section, model::LvFlags& flags, model::Segment& segment);

  std::optional<PvId> pv_id(std::string_view name) const override;
  std::optional<LvId> lv_id(std::string_view name) const override;
  std::string_view pv_name(PvId) const override { return {}; }
  std::string_view lv_name(LvId) const override { return {}; }
  void index_lv_names() const;

  struct Words {
    std::string_view source;
    model::LvFlags flags;
  };

  const syntax::Document& document_;
  ReadText out_;
  Node lvs_section_;
  std::vector<std::string_view> pv_names_;
  model::PositionTable pvs_by_name_;
  struct NamedLv {
    std::string_view name;
    LvId id;
  };
  std::array<Words, 2> last_words_;           // by WordList, of the LV read last
  std::string_view last_type_;                // with its suffix, of the segment read last
  const segment::Kind* last_kind_ = nullptr;  // of that type
  mutable bool lvs_indexed_ = false;
  mutable std::vector<NamedLv> lv_names_;
  mutable model::PositionTable lvs_by_name_;
};

}  // namespace lvm::metadata
