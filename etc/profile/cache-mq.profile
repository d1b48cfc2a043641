# SPDX-License-Identifier: LGPL-2.1-or-later
# Caches with the older mq policy, all of its tunables as the kernel has them.
# A kernel from 4.6 on knows mq as another name of smq, which has no tunables.
allocation {
	cache_pool_chunk_size = 64
	cache_mode = "writethrough"
	cache_policy = "mq"
	cache_settings {
		mq {
			sequential_threshold = "default"
			random_threshold = "default"
			read_promote_adjustment = "default"
			write_promote_adjustment = "default"
			discard_promote_adjustment = "default"
		}
	}
}
