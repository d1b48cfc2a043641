# SPDX-License-Identifier: LGPL-2.1-or-later
# Every setting that a metadata profile may have, with its default. Copy this file to NAME.profile, keep what the
# profile is to set, without its #, and attach it with --metadataprofile NAME to a VG or LV.

# Section allocation.
# How space is chosen, and defaults for new volumes.
allocation {

	# Setting allocation/cache_pool_metadata_require_separate_pvs.
	# Put data and metadata of a cache pool on different PVs.
	# cache_pool_metadata_require_separate_pvs = 0

	# Setting allocation/cache_metadata_format.
	# Metadata format of new caches: 1, 2, or 0 for the best one available.
	# cache_metadata_format = 0

	# Setting allocation/cache_mode.
	# Cache mode of new caches: writethrough, writeback or passthrough.
	# cache_mode = "writethrough"

	# Setting allocation/cache_policy.
	# Cache policy of new caches, such as smq or mq; without it the best one
	# available.
	# Not set by default.

	# Section allocation/cache_settings.
	# Settings for cache policies, in a sub-section named after the policy.
	# cache_settings {
	# }

	# Setting allocation/cache_pool_chunk_size.
	# Chunk size of new cache pools in KiB: a multiple of 32 from 32 to 1048576.
	# Not set by default.

	# Setting allocation/cache_pool_max_chunks.
	# The largest number of chunks in a cache pool; more need a larger chunk size.
	# Not set by default.

	# Setting allocation/thin_pool_zero.
	# Zero new blocks of a thin pool before they are used.
	# thin_pool_zero = 1

	# Setting allocation/thin_pool_discards.
	# What thin pools do with discards: ignore, nopassdown or passdown.
	# thin_pool_discards = "passdown"

	# Setting allocation/thin_pool_chunk_size_policy.
	# How the chunk size of a new thin pool is chosen.
	# thin_pool_chunk_size_policy = "generic"

	# Setting allocation/thin_pool_chunk_size.
	# Chunk size of new thin pools in KiB, from 64 to 1048576; without it the
	# policy chooses.
	# Not set by default.

	# Setting allocation/vdo_use_compression.
	# Compress the data of new VDO pools.
	# vdo_use_compression = 1

	# Setting allocation/vdo_use_deduplication.
	# Deduplicate the data of new VDO pools.
	# vdo_use_deduplication = 1

	# Setting allocation/vdo_use_metadata_hints.
	# Let VDO flush its metadata less strictly where the device allows.
	# vdo_use_metadata_hints = 1

	# Setting allocation/vdo_minimum_io_size.
	# Smallest I/O of a VDO volume, in bytes: 512 or 4096.
	# vdo_minimum_io_size = 4096

	# Setting allocation/vdo_block_map_cache_size_mb.
	# Memory for VDO's block map, in MiB, at least 128.
	# vdo_block_map_cache_size_mb = 128

	# Setting allocation/vdo_block_map_period.
	# How long VDO keeps block map changes in memory, 1 to 16380; smaller recovers
	# faster.
	# vdo_block_map_period = 16380

	# Setting allocation/vdo_check_point_frequency.
	# How often VDO's index is saved; 0 means never.
	# vdo_check_point_frequency = 0

	# Setting allocation/vdo_use_sparse_index.
	# Index ten times the data with the same memory, on much more disk space.
	# vdo_use_sparse_index = 0

	# Setting allocation/vdo_index_memory_size_mb.
	# Memory for VDO's deduplication index, in MiB, from 256 to 1 TiB.
	# vdo_index_memory_size_mb = 256

	# Setting allocation/vdo_slab_size_mb.
	# Size of VDO's slabs, in MiB: a power of two from 128 to 32768.
	# vdo_slab_size_mb = 2048

	# Setting allocation/vdo_ack_threads.
	# Threads that acknowledge finished I/O of a VDO volume, 0 to 100.
	# vdo_ack_threads = 1

	# Setting allocation/vdo_bio_threads.
	# Threads that send I/O to a VDO pool's device, 1 to 100.
	# vdo_bio_threads = 4

	# Setting allocation/vdo_bio_rotation.
	# How many requests go to one of those threads before the next one's turn, 1
	# to 1024.
	# vdo_bio_rotation = 64

	# Setting allocation/vdo_cpu_threads.
	# Threads for compression and hashing, 1 to 100.
	# vdo_cpu_threads = 2

	# Setting allocation/vdo_hash_zone_threads.
	# Threads that compare data by hash, 0 to 100; 0 only if the two below are 0,
	# too.
	# vdo_hash_zone_threads = 1

	# Setting allocation/vdo_logical_threads.
	# Threads that serve parts of the logical address space, 0 to 60.
	# vdo_logical_threads = 1

	# Setting allocation/vdo_physical_threads.
	# Threads that serve parts of the physical address space, 0 to 16.
	# vdo_physical_threads = 1

	# Setting allocation/vdo_write_policy.
	# When a VDO volume says that a write is done: auto, sync or async.
	# vdo_write_policy = "auto"

	# Setting allocation/vdo_max_discard.
	# Largest discard of a VDO volume, in 4 KiB blocks.
	# vdo_max_discard = 1

	# Setting allocation/vdo_pool_header_size.
	# Space kept free before and after the data of a VDO pool, in KiB.
	# vdo_pool_header_size = 512
}

# Section activation.
# How volumes become devices.
activation {

	# Setting activation/thin_pool_autoextend_threshold.
	# How full, in percent, a thin pool may get before dmeventd extends it; 100 is
	# never.
	# thin_pool_autoextend_threshold = 100

	# Setting activation/thin_pool_autoextend_percent.
	# By how many percent of its size it is extended.
	# thin_pool_autoextend_percent = 20

	# Setting activation/vdo_pool_autoextend_threshold.
	# How full, in percent, a VDO pool may get before dmeventd extends it; 100 is
	# never.
	# vdo_pool_autoextend_threshold = 100

	# Setting activation/vdo_pool_autoextend_percent.
	# By how many percent of its size it is extended.
	# vdo_pool_autoextend_percent = 20
}
