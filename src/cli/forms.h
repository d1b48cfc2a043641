// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/command.h"

// What a command line asks for, by the form that fitted: Arguments::form_id() is one of these.
// Commands with a single form have id 0.
namespace lvm::cli::form {

namespace lvchange {
enum : FormId { attributes, resync, sync_action, rebuild, activate, refresh, monitor, poll, minor_number };
}
namespace lvconvert {
enum : FormId {
  linear,
  striped,
  mirror,
  raid,
  mirrors,
  stripes,
  stripe_size,
  region_size,
  mirror_log,
  split_mirrors,
  track_images,
  merge_mirrors,
  integrity,
  replace,
  repair,
  poll,
  merge,  // a snapshot, a thin snapshot or an image, by what the volume is
  merge_snapshot,
  split_snapshot,
  combine_snapshot,
  thin,
  thin_pool,
  merge_thin,
  cache_pool,
  cache,            // with a cache pool
  cache_on_volume,  // with a cache volume, or one that is made on a device
  writecache,
  split_cache,
  uncache,
  swap_metadata,
  vdo_pool
};
}
namespace lvcreate {
enum : FormId {
  error,
  zero,
  linear,
  striped,
  mirror,
  raid,
  snapshot,
  sparse_snapshot,
  thin_pool,
  cache_pool,
  thin,            // a thin volume in a pool that exists
  thin_with_pool,  // the pool is made too
  thin_snapshot,
  thin_external_snapshot,
  vdo,
  sparse,  // -L with -V: thin or snapshot by configuration
  cache,
  cache_on_volume,
  writecache
};
}
// lvextend, lvreduce, lvresize
namespace resize {
enum : FormId { size, devices, pool_metadata, policies };
}
namespace lvmdevices {
enum : FormId { list, check, update, add_device, delete_device, add_pv, delete_pv, add_id, delete_id, list_ids };
}
namespace lvrename {
enum : FormId { names, path };
}
namespace pvchange {
enum : FormId { all, named };
}
namespace pvck {
enum : FormId { check, dump, repair_type, repair };
}
namespace pvscan {
enum : FormId { show, cache, activate, cache_list_vg, cache_list_lvs, list_lvs, list_vg };
}
namespace vgcfgrestore {
enum : FormId { last, file, list, list_file };
}
namespace vgchange {
enum : FormId { attributes, monitor, poll, activate, refresh, system_id, lock_start, lock_stop, lock_type };
}
namespace vgck {
enum : FormId { check, update };
}
// vgexport, vgimport
namespace vgexport {
enum : FormId { named, all };
}
namespace vgimportdevices {
enum : FormId { named, all, root };
}
namespace vgreduce {
enum : FormId { devices, all_unused, missing };
}
namespace vgrename {
enum : FormId { name, uuid };
}
namespace vgsplit {
enum : FormId { devices, volume };
}

}  // namespace lvm::cli::form
