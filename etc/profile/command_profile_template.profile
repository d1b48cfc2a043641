# SPDX-License-Identifier: LGPL-2.1-or-later
# Every setting that a command profile may have, with its default. Copy this file to NAME.profile, keep what the
# profile is to set, without its #, and name it with --commandprofile or LVM_COMMAND_PROFILE.

# Section log.
# What is logged, and where to.
log {

	# Setting log/report_command_log.
	# Report each command's actions and errors along with its output.
	# report_command_log = 0

	# Setting log/command_log_sort.
	# Sort order of the command log.
	# command_log_sort = "log_seq_num"

	# Setting log/command_log_cols.
	# Columns of the command log.
	# command_log_cols = "log_seq_num,log_type,log_context,log_object_type,log_object_name,log_object_id,log_object_group,log_object_group_id,log_message,log_errno,log_ret_code"

	# Setting log/command_log_selection.
	# Which entries the command log shows; all if empty.
	# command_log_selection = "!(log_type=status && message=success)"
}

# Section global.
# Settings for everything.
global {

	# Setting global/units.
	# Units of sizes in reports: one of r R h H b s k m g t p e, capitals for
	# powers of 1000.
	# units = "r"

	# Setting global/si_unit_consistency.
	# Tell powers of 1024 (k, KiB) from powers of 1000 (K, KB).
	# si_unit_consistency = 1

	# Setting global/suffix.
	# Put the unit after sizes when --units names one.
	# suffix = 1

	# Setting global/lvdisplay_shows_full_device_path.
	# Show the path of a volume, not its name, in lvdisplay.
	# lvdisplay_shows_full_device_path = 0
}

# Section report.
# What reports look like.
# report {

	# Setting report/output_format.
	# basic, json or json_std; in json_std numbers are numbers.
	# output_format = "basic"

	# Setting report/compact_output.
	# Leave out columns without any value.
	# compact_output = 0

	# Setting report/compact_output_cols.
	# Leave out these columns if they have no value.
	# compact_output_cols = ""

	# Setting report/aligned.
	# Align columns.
	# aligned = 1

	# Setting report/buffered.
	# Gather all rows before the first is written; sorting and alignment need it.
	# buffered = 1

	# Setting report/headings.
	# Show headings.
	# headings = 1

	# Setting report/separator.
	# What stands between columns.
	# separator = " "

	# Setting report/list_item_separator.
	# What stands between the items of one value.
	# list_item_separator = ","

	# Setting report/prefixes.
	# Write NAME=value pairs.
	# prefixes = 0

	# Setting report/quoted.
	# Put quotes around the values of such pairs.
	# quoted = 1

	# Setting report/columns_as_rows.
	# Write columns as rows.
	# columns_as_rows = 0

	# Setting report/binary_values_as_numeric.
	# Write 0, 1 and -1 for values that are yes, no or unknown.
	# binary_values_as_numeric = 0

	# Setting report/time_format.
	# How times are shown, as in strftime(3).
	# time_format = "%Y-%m-%d %T %z"

	# Setting report/devtypes_sort.
	# Sort order of lvm devtypes.
	# devtypes_sort = "devtype_name"

	# Setting report/devtypes_cols.
	# Columns of lvm devtypes.
	# devtypes_cols = "devtype_name,devtype_max_partitions,devtype_description"

	# Setting report/devtypes_cols_verbose.
	# Columns of lvm devtypes -v.
	# devtypes_cols_verbose = "devtype_name,devtype_max_partitions,devtype_description"

	# Setting report/lvs_sort.
	# Sort order of lvs.
	# lvs_sort = "vg_name,lv_name"

	# Setting report/lvs_cols.
	# Columns of lvs.
	# lvs_cols = "lv_name,vg_name,lv_attr,lv_size,pool_lv,origin,data_percent,metadata_percent,move_pv,mirror_log,copy_percent,convert_lv"

	# Setting report/lvs_cols_verbose.
	# Columns of lvs -v.
	# lvs_cols_verbose = "lv_name,vg_name,seg_count,lv_attr,lv_size,lv_major,lv_minor,lv_kernel_major,lv_kernel_minor,pool_lv,origin,data_percent,metadata_percent,move_pv,copy_percent,mirror_log,convert_lv,lv_uuid,lv_profile"

	# Setting report/vgs_sort.
	# Sort order of vgs.
	# vgs_sort = "vg_name"

	# Setting report/vgs_cols.
	# Columns of vgs.
	# vgs_cols = "vg_name,pv_count,lv_count,snap_count,vg_attr,vg_size,vg_free"

	# Setting report/vgs_cols_verbose.
	# Columns of vgs -v.
	# vgs_cols_verbose = "vg_name,vg_attr,vg_extent_size,pv_count,lv_count,snap_count,vg_size,vg_free,vg_uuid,vg_profile"

	# Setting report/pvs_sort.
	# Sort order of pvs.
	# pvs_sort = "pv_name"

	# Setting report/pvs_cols.
	# Columns of pvs.
	# pvs_cols = "pv_name,vg_name,pv_fmt,pv_attr,pv_size,pv_free"

	# Setting report/pvs_cols_verbose.
	# Columns of pvs -v.
	# pvs_cols_verbose = "pv_name,vg_name,pv_fmt,pv_attr,pv_size,pv_free,dev_size,pv_uuid"

	# Setting report/segs_sort.
	# Sort order of lvs --segments.
	# segs_sort = "vg_name,lv_name,seg_start"

	# Setting report/segs_cols.
	# Columns of lvs --segments.
	# segs_cols = "lv_name,vg_name,lv_attr,stripes,segtype,seg_size"

	# Setting report/segs_cols_verbose.
	# Columns of lvs --segments -v.
	# segs_cols_verbose = "lv_name,vg_name,lv_attr,seg_start,seg_size,stripes,segtype,stripesize,chunksize"

	# Setting report/pvsegs_sort.
	# Sort order of pvs --segments.
	# pvsegs_sort = "pv_name,pvseg_start"

	# Setting report/pvsegs_cols.
	# Columns of pvs --segments.
	# pvsegs_cols = "pv_name,vg_name,pv_fmt,pv_attr,pv_size,pv_free,pvseg_start,pvseg_size"

	# Setting report/pvsegs_cols_verbose.
	# Columns of pvs --segments -v.
	# pvsegs_cols_verbose = "pv_name,vg_name,pv_fmt,pv_attr,pv_size,pv_free,pvseg_start,pvseg_size,lv_name,seg_start_pe,segtype,seg_pe_ranges"

	# Setting report/vgs_cols_full.
	# Columns of the VG part of lvm fullreport.
	# vgs_cols_full = "vg_all"

	# Setting report/pvs_cols_full.
	# Columns of its PV part.
	# pvs_cols_full = "pv_all"

	# Setting report/lvs_cols_full.
	# Columns of its LV part.
	# lvs_cols_full = "lv_all"

	# Setting report/pvsegs_cols_full.
	# Columns of its PV segment part.
	# pvsegs_cols_full = "pvseg_all,pv_uuid,lv_uuid"

	# Setting report/segs_cols_full.
	# Columns of its segment part.
	# segs_cols_full = "seg_all,lv_uuid"

	# Setting report/vgs_sort_full.
	# Sort order of the VG part of lvm fullreport.
	# vgs_sort_full = "vg_name"

	# Setting report/pvs_sort_full.
	# Sort order of its PV part.
	# pvs_sort_full = "pv_name"

	# Setting report/lvs_sort_full.
	# Sort order of its LV part.
	# lvs_sort_full = "vg_name,lv_name"

	# Setting report/pvsegs_sort_full.
	# Sort order of its PV segment part.
	# pvsegs_sort_full = "pv_uuid,pvseg_start"

	# Setting report/segs_sort_full.
	# Sort order of its segment part.
	# segs_sort_full = "lv_uuid,seg_start"

	# Setting report/mark_hidden_devices.
	# Show hidden volumes in [brackets].
	# mark_hidden_devices = 1
# }
