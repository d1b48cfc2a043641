// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

// The options of all commands: a row each, in option_table.cc. What a command takes is in its row.
namespace lvm::cli {

// Two options may share a long name (--uuid of pvchange is a flag, that of pvcreate takes a value)
// as long as no command takes both.
enum class Opt : std::uint8_t {
  abort,
  activate,
  activationmode,
  activevolumegroups,
  adddev,
  addid,
  addpvid,
  addtag,
  aligned,
  all,
  alloc,
  allocatable,
  allpvs,
  atversion,
  auto_import,
  autoactivation,
  autobackup,
  background,
  basevgname,
  binary,
  blockdevice,
  bootloaderareasize,
  cache,
  cache_update,
  cachedevice,
  cachemetadataformat,
  cachemode,
  cachepolicy,
  cachepool,
  cachesettings,
  cachesize,
  cachevol,
  check,
  checkcomplete,
  chunksize,
  clustered,
  colon,
  columns,
  commandprofile,
  compression,
  config,
  configreport,
  contiguous,
  corelog,
  dataalignment,
  dataalignmentoffset,
  debug,
  deduplication,
  deldev,
  delid,
  delnotfound,
  delpvid,
  deltag,
  detachprofile,
  deviceidtype,
  devices,
  devicesfile,
  discards,
  driverloaded,
  dump,
  engine,
  errorwhenfull,
  exported,
  extents,
  file,
  force,
  force_long,
  foreign,
  fs,
  fsmode,
  handlemissingpvs,
  headings,
  help,
  history,
  ignoreactivationskip,
  ignoreadvanced,
  ignorelocal,
  ignorelockingfailure,
  ignoremonitoring,
  ignoreskippedcluster,
  ignoreunsupported,
  import_vg,
  importdevices,
  interval,
  journal,
  labelsector,
  list,
  listids,
  listlvs,
  listvg,
  lockopt,
  lockstart,
  lockstop,
  locktype,
  logicalvolume,
  logonly,
  longhelp,
  lvmpartition,
  major,
  majoritypvs,
  maps,
  maxlogicalvolumes,
  maxphysicalvolumes,
  maxrecoveryrate,
  merge,
  mergedconfig,
  mergemirrors,
  mergesnapshot,
  mergethin,
  metadatacopies,
  metadataignore,
  metadataprofile,
  metadatasize,
  metadatatype,
  minor,
  minrecoveryrate,
  mirrorlog,
  mirrors,
  mirrors_change,
  mirrorsonly,
  mknodes,
  monitor,
  name,
  nameprefixes,
  nofsck,
  noheadings,
  nohints,
  nohistory,
  nolocking,
  norestorefile,
  nosuffix,
  nosync,
  notifydbus,
  noudevsync,
  novolumegroup,
  options,
  originname,
  partial,
  permission,
  persistent,
  physicalextentsize,
  plan,
  poll,
  polloperation,
  poolmetadata,
  poolmetadatasize,
  poolmetadataspare,
  profile,
  pvmetadatacopies,
  quiet,
  raidintegrity,
  raidintegrityblocksize,
  raidintegritymode,
  readahead,
  readonly,
  rebuild,
  refresh,
  regionsize,
  removemissing,
  repair,
  repairheaders,
  repairtype,
  replace,
  reportformat,
  resizeable,
  resizefs,
  restorefile,
  restoremissing,
  resync,
  rootvg,
  rows,
  segments,
  select,
  separator,
  setactivationskip,
  setautoactivation,
  setphysicalvolumesize,
  settings,
  shared,
  short_,
  showdeprecated,
  showunsupported,
  sinceversion,
  size,
  snapshot,
  sort,
  splitcache,
  splitmirrors,
  splitsnapshot,
  startpoll,
  stripes,
  stripes_long,
  stripesize,
  swapmetadata,
  syncaction,
  sysinit,
  systemid,
  test,
  thin,
  thinpool,
  trackchanges,
  trustcache,
  type,
  typeconfig,
  uncache,
  udevoutput,
  unbuffered,
  unconfigured,
  units,
  unquoted,
  update,
  updatemetadata,
  usepolicies,
  uuid,
  uuid_value,
  validate,
  valuesonly,
  vdo,
  vdopool,
  vdosettings,
  verbose,
  version,
  vgmetadatacopies,
  vgonline,
  virtualsize,
  wipesignatures,
  withcomments,
  withgeneralpreamble,
  withlocalpreamble,
  withspaces,
  withsummary,
  withversions,
  writebehind,
  writemostly,
  yes,
  zero,
  count_
};
inline constexpr std::size_t kOptionCount = static_cast<std::size_t>(Opt::count_);

// What follows an option.
enum class ValueType : std::uint8_t {
  none,
  string,
  number,      // unsigned; decimal
  change,      // 2, +1, -1: a count, or how much more or less
  size,        // 1.5g, 100s; Signs of the command's row may allow + or -
  plain_size,  // never signed
  region_size,
  extents,     // 10, 50%FREE
  yes_no,      // y, n
  activation,  // y, n, ay and the ways shared VGs activate
  activation_mode,
  permission,  // rw, r
  allocation,
  read_ahead,  // auto, none, or a size in sectors
  units,       // [Number]unit letter
  report_format,
  report_name,  // --configreport
  headings,
  segment_type,
  lock_type,
  metadata_type,
  metadata_copies,     // of a PV: 0, 1, 2
  vg_metadata_copies,  // all, unmanaged, or a number
  mirror_log,
  discards,
  cache_mode,
  cache_metadata_format,
  sync_action,
  write_mostly,  // PV[:t|y|n]
  config_type,
  file_system,  // --fs
  file_system_mode,
  dump_type,    // --dump of pvck
  repair_type,  // --repairtype of pvck
  plan_format,  // --plan[=text|json]: the value is optional
  tag,
  pv,
  lv,  // one that exists, or the name of a new one
};

// Kinds of volume that may not be built into this program.
enum class Kind : std::uint8_t { basic, snapshot, mirror, raid, integrity, thin, cache, writecache, vdo, shared };

// How often an option may stand on a command line.
enum class Repeat : std::uint8_t {
  once,
  counted,  // -vv, -ff
  listed,   // every value counts: --addtag a --addtag b
  last,     // the last value wins
};

struct OptionRow {
  Opt opt;
  std::string_view name;  // long name without "--" and without hyphens
  char letter = 0;        // short name
  ValueType value = ValueType::none;
  std::string_view help;  // one sentence
  char unit = 0;          // of a size without a unit: 'm', 'k' or 's'
  Repeat repeat = Repeat::once;
  Kind kind = Kind::basic;
  std::string_view alias = {};   // another long name that LVM has had
  Opt stands_for = Opt::count_;  // an old spelling: it is recorded as this option
  // Only the full name selects it: options LVM2 does not have must not make its abbreviations ambiguous.
  bool exact = false;
  bool hidden = false;  // understood for old scripts, not shown
};

const OptionRow& row(Opt opt);
std::span<const OptionRow> all_options();

// What usage lines show after the option: "y|n", "Size[m|UNIT]".
std::string_view value_text(ValueType type);
// The fixed words a value may be (completion, messages); empty when the set is open.
std::span<const std::string_view> value_words(ValueType type);

// "thin pools and thin volumes" ...
std::string_view kind_text(Kind kind);
// Whether volumes of the kind can be made and changed by this program.
bool kind_available(Kind kind);

}  // namespace lvm::cli
