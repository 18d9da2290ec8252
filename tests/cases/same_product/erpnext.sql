-- The product in the tables of ERPNext 15.
create table `tabCountry` (name varchar(140) primary key, code varchar(140));
insert into `tabCountry` values ('China', 'cn'), ('Germany', 'de');
create table `tabCompany` (name varchar(140) primary key, abbr varchar(140), default_currency varchar(140),
  default_in_transit_warehouse varchar(140));
insert into `tabCompany` values ('Sample Drives', 'SD', 'EUR', 'Goods In Transit - SD');
create table `tabWarehouse` (name varchar(140) primary key, company varchar(140), is_group tinyint, disabled tinyint,
  warehouse_type varchar(140), is_rejected_warehouse tinyint, parent_warehouse varchar(140), lft int, rgt int);
insert into `tabWarehouse` values
  ('Stores - SD', 'Sample Drives', 0, 0, null, 0, 'All - SD', 2, 3), ('Shelf 2 - SD', 'Sample Drives', 0, 0, '', 0, 'All - SD', 4, 5),
  ('Rejected - SD', 'Sample Drives', 0, 0, null, 1, 'All - SD', 6, 7), ('Austin - SD', 'Sample Drives', 0, 0, null, 0, 'All - SD', 8, 9),
  ('Goods In Transit - SD', 'Sample Drives', 0, 0, 'Transit', 0, 'All - SD', 10, 11);
create table `tabItem` (name varchar(140) primary key, item_code varchar(140), item_name varchar(140), description longtext,
  item_group varchar(140), stock_uom varchar(140), is_stock_item tinyint, disabled tinyint, has_variants tinyint,
  variant_of varchar(140), is_sales_item tinyint, is_fixed_asset tinyint, is_customer_provided_item tinyint,
  default_material_request_type varchar(140), lead_time_days int, safety_stock decimal(21,9), min_order_qty decimal(21,9),
  weight_per_unit decimal(21,9), weight_uom varchar(140), last_purchase_rate decimal(21,9), standard_rate decimal(21,9),
  country_of_origin varchar(140), customs_tariff_number varchar(140), default_item_manufacturer varchar(140),
  default_manufacturer_part_no varchar(140), end_of_life date);
insert into `tabItem` values
  ('DRIVE', 'DRIVE', 'Drive', '<p>Drive</p>', 'Products', 'Nos', 1, 0, 0, null, 1, 0, 0, 'Manufacture', 0, 0, 0, 12, 'Kg', 0, 900, null, null, null, null, '2099-12-31'),
  ('ROTOR', 'ROTOR', 'Rotor', '', 'Parts', 'Nos', 1, 0, 0, null, 0, 0, 0, 'Manufacture', 0, 0, 0, 3500, 'Gram', 0, 0, null, null, null, null, '2099-12-31'),
  ('KIT-SENSOR', 'KIT-SENSOR', 'Sensor kit', '', 'Parts', 'Nos', 0, 0, 0, null, 0, 0, 0, 'Manufacture', 0, 0, 0, 0, null, 0, 0, null, null, null, null, '0000-00-00'),
  ('COIL', 'COIL', 'Coil', '', 'Parts', 'Nos', 1, 0, 0, null, 0, 0, 0, 'Manufacture', 0, 0, 0, 0, null, 0, 0, null, null, null, null, null),
  ('MAGNET', 'MAGNET', 'Magnet N42SH', '', 'Parts', 'Nos', 1, 0, 0, null, 0, 0, 0, 'Purchase', 90, 200, 100, 0.012, 'Kg', 4.2, 0, 'China', '850511', 'Ningbo Magnets', 'N42SH-8', null),
  ('SCREW', 'SCREW', 'Screw M4', '', 'Parts', 'Nos', 1, 0, 0, null, 0, 0, 0, 'Purchase', 5, 0, 0, 0, null, 0.1, 0, null, null, null, null, null),
  ('HALL', 'HALL', 'Hall sensor', '', 'Parts', 'Nos', 1, 0, 0, null, 0, 0, 0, 'Purchase', 30, 0, 0, 0, null, 1, 0, null, null, null, null, null),
  ('GREASE', 'GREASE', 'Grease', '', 'Parts', 'Gram', 1, 0, 0, null, 0, 0, 0, 'Purchase', 10, 0, 0, 0, null, 0.03, 0, null, null, null, null, null),
  ('WIRE', 'WIRE', 'Wire', '', 'Parts', 'Kg', 1, 0, 0, null, 0, 0, 0, 'Purchase', 20, 0, 0, 0, null, 9, 0, null, null, null, null, null),
  ('SEAL', 'SEAL', 'Seal', '', 'Parts', 'Nos', 1, 1, 0, null, 0, 0, 0, 'Purchase', 20, 0, 0, 0, null, 9, 0, null, null, null, null, null);
create table `tabUOM Conversion Detail` (name varchar(140) primary key, parent varchar(140), parenttype varchar(140), idx int,
  uom varchar(140), conversion_factor decimal(21,9));
insert into `tabUOM Conversion Detail` values ('u1', 'SCREW', 'Item', 1, 'Nos', 1), ('u2', 'SCREW', 'Item', 2, 'Box', 250),
  ('u3', 'GREASE', 'Item', 1, 'Kg', 1000), ('u4', 'WIRE', 'Item', 1, 'Gram', 0.001);
create table `tabBOM` (name varchar(140) primary key, docstatus tinyint, item varchar(140), company varchar(140), uom varchar(140),
  quantity decimal(21,9), is_active tinyint, is_default tinyint, process_loss_percentage decimal(21,9));
-- the default BOM of DRIVE is not the first; one is inactive, one a draft, one cancelled
insert into `tabBOM` values
  ('BOM-DRIVE-001', 1, 'DRIVE', 'Sample Drives', 'Nos', 10, 1, 0, 0), ('BOM-DRIVE-002', 1, 'DRIVE', 'Sample Drives', 'Nos', 10, 1, 1, 0),
  ('BOM-DRIVE-003', 1, 'DRIVE', 'Sample Drives', 'Nos', 10, 0, 0, 0), ('BOM-DRIVE-004', 0, 'DRIVE', 'Sample Drives', 'Nos', 10, 1, 0, 0),
  ('BOM-DRIVE-005', 2, 'DRIVE', 'Sample Drives', 'Nos', 10, 1, 1, 0), ('BOM-ROTOR-001', 1, 'ROTOR', 'Sample Drives', 'Nos', 1, 1, 1, 0),
  ('BOM-COIL-001', 1, 'COIL', 'Sample Drives', 'Nos', 100, 1, 1, 20), ('BOM-KIT-SENSOR-001', 1, 'KIT-SENSOR', 'Sample Drives', 'Nos', 5, 1, 1, 0);
create table `tabBOM Item` (name varchar(140) primary key, parent varchar(140), parenttype varchar(140), idx int, docstatus tinyint,
  item_code varchar(140), qty decimal(21,9), uom varchar(140), stock_qty decimal(21,9), stock_uom varchar(140),
  conversion_factor decimal(21,9), bom_no varchar(140), do_not_explode tinyint, sourced_by_supplier tinyint,
  qty_consumed_per_unit decimal(21,9));
insert into `tabBOM Item` values
  ('a1', 'BOM-DRIVE-001', 'BOM', 1, 1, 'SCREW', 99, 'Nos', 99, 'Nos', 1, null, 0, 0, 9.9),
  ('a2', 'BOM-DRIVE-001', 'BOM', 2, 1, 'MAGNET', 10, 'Nos', 10, 'Nos', 1, null, 0, 0, 1),
  ('b1', 'BOM-DRIVE-002', 'BOM', 1, 1, 'ROTOR', 10, 'Nos', 10, 'Nos', 1, 'BOM-ROTOR-001', 0, 0, 1),
  ('b2', 'BOM-DRIVE-002', 'BOM', 2, 1, 'KIT-SENSOR', 10, 'Nos', 10, 'Nos', 1, 'BOM-KIT-SENSOR-001', 0, 0, 1),
  ('b3', 'BOM-DRIVE-002', 'BOM', 3, 1, 'GREASE', 2.5, 'Kg', 2500, 'Gram', 1000, null, 0, 0, 250),
  ('b4', 'BOM-DRIVE-002', 'BOM', 4, 1, 'SCREW', 1, 'Box', 250, 'Nos', 250, null, 0, 0, 25),
  ('c1', 'BOM-DRIVE-003', 'BOM', 1, 1, 'SEAL', 10, 'Nos', 10, 'Nos', 1, null, 0, 0, 1),
  ('d1', 'BOM-DRIVE-004', 'BOM', 1, 0, 'SEAL', 10, 'Nos', 10, 'Nos', 1, null, 0, 0, 1),
  ('e1', 'BOM-DRIVE-005', 'BOM', 1, 2, 'SEAL', 10, 'Nos', 10, 'Nos', 1, null, 0, 0, 1),
  ('f1', 'BOM-ROTOR-001', 'BOM', 1, 1, 'MAGNET', 8, 'Nos', 8, 'Nos', 1, null, 0, 0, 8),
  ('f2', 'BOM-ROTOR-001', 'BOM', 2, 1, 'COIL', 3, 'Nos', 3, 'Nos', 1, 'BOM-COIL-001', 0, 0, 3),
  ('g1', 'BOM-COIL-001', 'BOM', 1, 1, 'WIRE', 20000, 'Gram', 20, 'Kg', 0.001, null, 0, 0, 0.2),
  ('h1', 'BOM-KIT-SENSOR-001', 'BOM', 1, 1, 'HALL', 5, 'Nos', 5, 'Nos', 1, null, 0, 0, 1),
  ('h2', 'BOM-KIT-SENSOR-001', 'BOM', 2, 1, 'SCREW', 15, 'Nos', 15, 'Nos', 1, null, 0, 0, 3);
-- the same again, exploded: to be left alone
create table `tabBOM Explosion Item` (name varchar(140) primary key, parent varchar(140), item_code varchar(140),
  stock_qty decimal(21,9), stock_uom varchar(140));
insert into `tabBOM Explosion Item` values ('x1', 'BOM-DRIVE-002', 'MAGNET', 80, 'Nos');
create table `tabBin` (name varchar(140) primary key, item_code varchar(140), warehouse varchar(140), actual_qty decimal(21,9),
  reserved_qty decimal(21,9), ordered_qty decimal(21,9), projected_qty decimal(21,9), stock_uom varchar(140));
insert into `tabBin` values
  ('s1', 'MAGNET', 'Stores - SD', 1000, 300, 380, 1080, 'Nos'), ('s2', 'MAGNET', 'Shelf 2 - SD', 40, 0, 0, 40, 'Nos'),
  ('s3', 'MAGNET', 'Rejected - SD', 60, 0, 0, 60, 'Nos'), ('s4', 'MAGNET', 'Austin - SD', 500, 0, 0, 500, 'Nos'),
  ('s5', 'SCREW', 'Austin - SD', 750, 0, 0, 750, 'Nos'), ('s6', 'GREASE', 'Stores - SD', 12500, 0, 0, 12500, 'Gram'),
  ('s7', 'HALL', 'Austin - SD', -4, 0, 0, -4, 'Nos');
create table `tabPurchase Order` (name varchar(140) primary key, docstatus tinyint, status varchar(140), supplier varchar(140),
  company varchar(140), currency varchar(140), is_subcontracted tinyint, schedule_date date);
insert into `tabPurchase Order` values
  ('PUR-1', 1, 'To Receive and Bill', 'Ningbo Magnets', 'Sample Drives', 'EUR', 0, '2025-05-15'),
  ('PUR-2', 1, 'To Receive', 'Ningbo Magnets', 'Sample Drives', 'USD', 0, '2025-06-01'),
  ('PUR-3', 1, 'Completed', 'Ningbo Magnets', 'Sample Drives', 'EUR', 0, '2025-05-20'),
  ('PUR-4', 2, 'Cancelled', 'Ningbo Magnets', 'Sample Drives', 'EUR', 0, '2025-05-20'),
  ('PUR-5', 0, 'Draft', 'Ningbo Magnets', 'Sample Drives', 'EUR', 0, '2025-05-20'),
  ('PUR-6', 1, 'Closed', 'Ningbo Magnets', 'Sample Drives', 'EUR', 0, '2025-05-20'),
  ('PUR-7', 1, 'To Receive', 'Ningbo Magnets', 'Sample Drives', 'EUR', 0, '2025-05-20');
create table `tabPurchase Order Item` (name varchar(140) primary key, parent varchar(140), idx int, docstatus tinyint,
  item_code varchar(140), qty decimal(21,9), received_qty decimal(21,9), returned_qty decimal(21,9), uom varchar(140),
  stock_uom varchar(140), conversion_factor decimal(21,9), stock_qty decimal(21,9), rate decimal(21,9), warehouse varchar(140),
  schedule_date date, expected_delivery_date date, delivered_by_supplier tinyint);
insert into `tabPurchase Order Item` values
  ('p1', 'PUR-1', 1, 1, 'MAGNET', 500, 120, 0, 'Nos', 'Nos', 1, 500, 4.2, 'Stores - SD', '2025-05-15', null, 0),
  ('p2', 'PUR-2', 1, 1, 'SCREW', 4, 1, 0, 'Box', 'Nos', 250, 1000, 25, 'Stores - SD', '2025-06-01', '0000-00-00', 0),
  ('p3', 'PUR-3', 1, 1, 'GREASE', 5, 6, 0, 'Kg', 'Gram', 1000, 5000, 30, 'Austin - SD', '2025-05-20', null, 0),
  ('p4', 'PUR-4', 1, 2, 'WIRE', 100, 0, 0, 'Kg', 'Kg', 1, 100, 9, 'Stores - SD', '2025-05-20', null, 0),
  ('p5', 'PUR-5', 1, 0, 'HALL', 1000, 0, 0, 'Nos', 'Nos', 1, 1000, 1, 'Stores - SD', '2025-05-20', null, 0),
  ('p6', 'PUR-6', 1, 1, 'HALL', 1000, 10, 0, 'Nos', 'Nos', 1, 1000, 1, 'Stores - SD', '2025-05-20', null, 0),
  ('p7', 'PUR-7', 1, 1, 'MAGNET', 90, 0, 0, 'Nos', 'Nos', 1, 90, 4.2, null, '2025-05-20', null, 1);
create table `tabSales Order` (name varchar(140) primary key, docstatus tinyint, status varchar(140), company varchar(140),
  delivery_date date);
insert into `tabSales Order` values ('SAL-1', 1, 'To Deliver and Bill', 'Sample Drives', '2025-06-30'),
  ('SAL-2', 1, 'Closed', 'Sample Drives', '2025-06-30');
create table `tabSales Order Item` (name varchar(140) primary key, parent varchar(140), idx int, item_code varchar(140),
  qty decimal(21,9), delivered_qty decimal(21,9), uom varchar(140), stock_uom varchar(140), conversion_factor decimal(21,9),
  warehouse varchar(140), delivery_date date, delivered_by_supplier tinyint);
insert into `tabSales Order Item` values
  ('q1', 'SAL-1', 1, 'DRIVE', 2, 0.5, 'Dozen', 'Nos', 12, 'Stores - SD', '2025-06-30', 0),
  ('q2', 'SAL-2', 1, 'DRIVE', 50, 0, 'Nos', 'Nos', 1, 'Stores - SD', '2025-06-30', 0);
create table `tabSupplier` (name varchar(140) primary key, supplier_name varchar(140), country varchar(140), disabled tinyint);
insert into `tabSupplier` values ('Ningbo Magnets', 'Ningbo Magnets Ltd', 'China', 0);
create table `tabItem Supplier` (name varchar(140) primary key, parent varchar(140), parenttype varchar(140), idx int,
  supplier varchar(140), supplier_part_no varchar(140));
insert into `tabItem Supplier` values ('i1', 'MAGNET', 'Item', 1, 'Ningbo Magnets', 'N42SH-8');
