# files of src/proc
