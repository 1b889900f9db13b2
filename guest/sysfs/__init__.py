"""sysfs and debugfs: devices, processors and kernel features as directories of small files.

May import `guest.kernfs` and what it shows. Invariant: one value per file, ended by a line feed, in Linux's format.
"""
