# files of src/conf
