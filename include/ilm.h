/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client library of the lock manager for in-drive mutexes. Source and binary compatible with Seagate's
 * (soname libseagate_ilm.so.0). All calls return 0 or a negative errno; -1 is contention, or a lock that this
 * connection does not hold. A connection is one collection of locks and serves one thread at a time. */
#ifndef ILM_H
#define ILM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ILM_DRIVE_MAX_NUM 512

#define IDM_MODE_UNLOCK 0
#define IDM_MODE_EXCLUSIVE 1
#define IDM_MODE_SHAREABLE 2

#define IDM_FAILURE_PATH_LEN 128
#define IDM_FAILURE_ARGS_LEN 128
#define IDM_VALUE_LEN 8

/* 32 characters of an LVM UUID each, without dashes; zeros for a VG's lock, and twice for the global one. */
struct idm_lock_id {
  char vg_uuid[32];
  char lv_uuid[32];
};

struct idm_lock_op {
  uint32_t mode;
  uint32_t drive_num;
  char* drives[ILM_DRIVE_MAX_NUM]; /* paths of block devices */
  int timeout;                     /* of the lease in milliseconds, 1000 or more; -1: without an end */
};

int ilm_connect(int* sock);
/* Releases all locks of the connection. */
int ilm_disconnect(int sock);
int ilm_version(int sock, char* drive, uint8_t* version_major, uint8_t* version_minor);

/* Waits up to five seconds for other holders. -EBUSY: held by this connection already. -EIO: too few drives
 * answered. -ENOMEM: fewer drives are present than a majority. */
int ilm_lock(int sock, struct idm_lock_id* id, struct idm_lock_op* op);
int ilm_unlock(int sock, struct idm_lock_id* id);
/* -ETIME: the lease ended before it could be renewed. After an error of a conversion to IDM_MODE_SHAREABLE the lock
 * counts as shareable. */
int ilm_convert(int sock, struct idm_lock_id* id, uint32_t mode);

/* IDM_VALUE_LEN bytes, of which the last does not survive. Written to the drives with the unlock. All ones: unknown. */
int ilm_write_lvb(int sock, struct idm_lock_id* id, char* lvb, int lvb_len);
int ilm_read_lvb(int sock, struct idm_lock_id* id, char* lvb, int lvb_len);

/* What happens when leases cannot be renewed: the program runs, without a shell; later the signal is sent. */
int ilm_set_signal(int sock, int signo);
int ilm_set_killpath(int sock, char* killpath, char* killargs);

int ilm_get_host_count(int sock, struct idm_lock_id* id, struct idm_lock_op* op, int* count, int* self);
int ilm_get_mode(int sock, struct idm_lock_id* id, struct idm_lock_op* op, int* mode);

/* For tests. */
int ilm_set_host_id(int sock, char* id, int id_len);
int ilm_stop_renew(int sock);
int ilm_start_renew(int sock);
int ilm_inject_fault(int sock, int percentage);

#ifdef __cplusplus
}
#endif

#endif /* ILM_H */
