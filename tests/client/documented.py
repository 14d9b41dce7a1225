"""The surface that users have a reference of: modules, classes with their bases, methods, properties, parameters."""

_OPERATIONS = """
    delete_images(info, client_info=None)
    delete_tiled_tuboids(info, client_info=None)
    get_image_series(info, what='metadata', client_info=None)
    get_images(info, what='metadata', client_info=None)
    get_tiled_tuboid_series(info, what='metadata', client_info=None)
    get_uid_annotations(info, what='metadata', client_info=None)
    get_uid_annotations_series(info, what='metadata', client_info=None)
    get_users(info=None, client_info=None)
    put_itc_labels(info, client_info=None)
    put_uid_annotations(info, client_info=None)"""
_FILES = """
    delete_image_files(image)
    delete_tiled_tuboid_files(tuboid)
    get_ml_bundle_file_list(bundle_name, what='all')
    get_url_for_image(image, what='metadata')"""

SURFACE = f"""
sticky_pi_api
sticky_pi_api.client
sticky_pi_api.configuration
sticky_pi_api.image_parser
sticky_pi_api.specifications
sticky_pi_api.storage
sticky_pi_api.types
sticky_pi_api.utils
sticky_pi_api.client.BaseClient(local_dir, n_threads=8): sticky_pi_api.specifications.BaseAPISpec, abc.ABC
    get_images_with_uid_annotations_series(info, what_image='metadata', what_annotation='metadata')
    local_dir
sticky_pi_api.client.LocalClient(local_dir, n_threads=8, *args, **kwargs): sticky_pi_api.specifications.LocalAPI, \
sticky_pi_api.client.BaseClient
sticky_pi_api.client.RemoteAPIConnector(host, username, password, protocol='https', port=443): \
sticky_pi_api.specifications.BaseAPISpec{_OPERATIONS}
sticky_pi_api.client.RemoteClient(local_dir, host, username, password, protocol='https', port=443, n_threads=8): \
sticky_pi_api.client.RemoteAPIConnector, sticky_pi_api.client.BaseClient
sticky_pi_api.image_parser.ImageParser(file): dict
    file_blob
    filename
    thumbnail
    thumbnail_mini
sticky_pi_api.specifications.BaseAPI(api_conf, *args, **kwargs): sticky_pi_api.specifications.BaseAPISpec, \
abc.ABC{_OPERATIONS}
sticky_pi_api.specifications.BaseAPISpec: abc.ABC{_OPERATIONS}
    get_token(client_info=None)
sticky_pi_api.specifications.LocalAPI(api_conf, *args, **kwargs)
sticky_pi_api.specifications.RemoteAPI(api_conf, *args, **kwargs)
sticky_pi_api.storage.BaseStorage(api_conf, *args, **kwargs): abc.ABC{_FILES}
    get_ml_bundle_upload_links(bundle_name, info)
sticky_pi_api.storage.DiskStorage(api_conf, *args, **kwargs): sticky_pi_api.storage.BaseStorage{_FILES}
sticky_pi_api.storage.S3Storage(api_conf, *args, **kwargs): sticky_pi_api.storage.BaseStorage{_FILES}
"""
